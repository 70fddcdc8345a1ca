namespace SaaS.Core.Auditing;

/// <summary>An auditable action with the type of its subject.</summary>
internal abstract class AuditAction
{
    private static readonly Dictionary<string, AuditAction> ByName = [];

    // Accounts
    public static readonly PlatformAuditAction UserRegistered = Platform("user.registered", AuditSubject.User);
    public static readonly PlatformAuditAction SignedIn = Platform("user.signed_in", AuditSubject.Session);
    public static readonly PlatformAuditAction SignedOut = Platform("user.signed_out", AuditSubject.Session);
    public static readonly PlatformAuditAction SignInFailed = Platform("user.sign_in_failed", AuditSubject.User);
    public static readonly PlatformAuditAction SignInRateLimited = Platform("user.sign_in_rate_limited", AuditSubject.User);
    public static readonly PlatformAuditAction ProfileChanged = Platform("user.profile_changed", AuditSubject.User);
    public static readonly PlatformAuditAction PasswordChanged = Platform("user.password_changed", AuditSubject.User);
    public static readonly PlatformAuditAction PasswordReset = Platform("user.password_reset", AuditSubject.User);
    public static readonly PlatformAuditAction EmailVerified = Platform("user.email_verified", AuditSubject.User);
    public static readonly PlatformAuditAction EmailChanged = Platform("user.email_changed", AuditSubject.User);
    public static readonly PlatformAuditAction UserDeactivated = Platform("user.deactivated", AuditSubject.User);
    public static readonly PlatformAuditAction UserReactivated = Platform("user.reactivated", AuditSubject.User);
    public static readonly PlatformAuditAction PlatformAdminCreated = Platform("user.platform_admin_created", AuditSubject.User);
    public static readonly PlatformAuditAction OperatorPromoted = Platform("operator.promoted", AuditSubject.User);
    public static readonly PlatformAuditAction OperatorDemoted = Platform("operator.demoted", AuditSubject.User);
    public static readonly PlatformAuditAction SteppedUp = Platform("session.stepped_up", AuditSubject.Session);
    public static readonly PlatformAuditAction FactorAdded = Platform("factor.added", AuditSubject.Factor);
    public static readonly PlatformAuditAction FactorRemoved = Platform("factor.removed", AuditSubject.Factor);
    public static readonly PlatformAuditAction FactorCounterWentBack = Platform("factor.counter_went_back", AuditSubject.Factor);
    public static readonly PlatformAuditAction RecoveryCodesReplaced = Platform("recovery_codes.replaced", AuditSubject.User);
    public static readonly PlatformAuditAction RecoveryCodeUsed = Platform("recovery_code.used", AuditSubject.User);
    public static readonly PlatformAuditAction MailRejected = Platform("mail.rejected", AuditSubject.Mail);
    public static readonly PlatformAuditAction SessionEnded = Platform("session.ended", AuditSubject.Session);
    public static readonly PlatformAuditAction OtherSessionsEnded = Platform("session.others_ended", AuditSubject.User);
    public static readonly PlatformAuditAction TokenReused = Platform("session.token_reused", AuditSubject.Session);
    public static readonly PlatformAuditAction AccessDenied = Platform("access.denied", AuditSubject.Route);

    // Operation of the platform
    public static readonly PlatformAuditAction EventReplayed = Platform("event.replayed", AuditSubject.Event);
    public static readonly PlatformAuditAction EventSkipped = Platform("event.skipped", AuditSubject.Event);
    public static readonly PlatformAuditAction JobRunRequested = Platform("job.run_requested", AuditSubject.JobRun);
    public static readonly PlatformAuditAction JobPaused = Platform("job.paused", AuditSubject.Job);
    public static readonly PlatformAuditAction JobResumed = Platform("job.resumed", AuditSubject.Job);
    public static readonly PlatformAuditAction JobCancelRequested = Platform("job.cancel_requested", AuditSubject.JobRun);
    public static readonly PlatformAuditAction SigningKeyRotated = Platform("signing_key.rotated", AuditSubject.SigningKey);
    public static readonly PlatformAuditAction PlatformKeyRotated = Platform("encryption_key.rotated", AuditSubject.EncryptionKey);
    public static readonly PlatformAuditAction AuditExported = Platform("audit.exported", AuditSubject.Audit);
    public static readonly PlatformAuditAction AuditPurged = Platform("audit.purged", AuditSubject.Audit);

    // A tenant, its members and how they sign in
    public static readonly TenantAuditAction TenantCreated = Tenant("tenant.created", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantRenamed = Tenant("tenant.renamed", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantDeleted = Tenant("tenant.deleted", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantRestored = Tenant("tenant.restored", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantSuspended = Tenant("tenant.suspended", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantResumed = Tenant("tenant.resumed", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantErasureRequested = Tenant("tenant.erasure_ordered", AuditSubject.Tenant);
    public static readonly TenantAuditAction TenantErased = Tenant("tenant.erased", AuditSubject.Tenant);
    public static readonly TenantAuditAction ExportRead = Tenant("tenant.export_read", AuditSubject.Tenant);
    public static readonly TenantAuditAction ExportRemoved = Tenant("tenant.export_removed", AuditSubject.Tenant);
    public static readonly TenantAuditAction QuotasChanged = Tenant("tenant.quotas_changed", AuditSubject.Tenant);
    public static readonly TenantAuditAction MfaRequirementChanged = Tenant("tenant.mfa_requirement_changed", AuditSubject.Tenant);
    public static readonly TenantAuditAction KeyRotated = Tenant("tenant.key_rotated", AuditSubject.Tenant);
    public static readonly TenantAuditAction MemberAdded = Tenant("member.added", AuditSubject.Member);
    public static readonly TenantAuditAction MemberRoleChanged = Tenant("member.role_changed", AuditSubject.Member);
    public static readonly TenantAuditAction MemberRemoved = Tenant("member.removed", AuditSubject.Member);
    public static readonly TenantAuditAction InvitationCreated = Tenant("invitation.created", AuditSubject.Invitation);
    public static readonly TenantAuditAction InvitationResent = Tenant("invitation.resent", AuditSubject.Invitation);
    public static readonly TenantAuditAction InvitationAccepted = Tenant("invitation.accepted", AuditSubject.Invitation);
    public static readonly TenantAuditAction InvitationDeclined = Tenant("invitation.declined", AuditSubject.Invitation);
    public static readonly TenantAuditAction InvitationWithdrawn = Tenant("invitation.withdrawn", AuditSubject.Invitation);
    public static readonly TenantAuditAction JoinRuleChanged = Tenant("tenant.join_rule_changed", AuditSubject.Tenant);
    public static readonly TenantAuditAction ServiceAccountCreated = Tenant("service_account.created", AuditSubject.ServiceAccount);
    public static readonly TenantAuditAction ServiceAccountChanged = Tenant("service_account.changed", AuditSubject.ServiceAccount);
    public static readonly TenantAuditAction ServiceAccountDeleted = Tenant("service_account.deleted", AuditSubject.ServiceAccount);
    public static readonly TenantAuditAction ApiKeyCreated = Tenant("api_key.created", AuditSubject.ApiKey);
    public static readonly TenantAuditAction ApiKeyRotated = Tenant("api_key.rotated", AuditSubject.ApiKey);
    public static readonly TenantAuditAction ApiKeyRevoked = Tenant("api_key.revoked", AuditSubject.ApiKey);
    public static readonly TenantAuditAction SsoConfigured = Tenant("sso.configured", AuditSubject.SsoConfiguration);
    public static readonly TenantAuditAction SsoConfigurationChanged = Tenant("sso.configuration_changed", AuditSubject.SsoConfiguration);
    public static readonly TenantAuditAction SsoConfigurationRemoved = Tenant("sso.configuration_removed", AuditSubject.SsoConfiguration);
    public static readonly TenantAuditAction SsoEnabled = Tenant("sso.enabled", AuditSubject.SsoConfiguration);
    public static readonly TenantAuditAction SsoDisabled = Tenant("sso.disabled", AuditSubject.SsoConfiguration);
    public static readonly TenantAuditAction SsoDomainAdded = Tenant("sso.domain_added", AuditSubject.SsoDomain);
    public static readonly TenantAuditAction SsoDomainVerified = Tenant("sso.domain_verified", AuditSubject.SsoDomain);
    public static readonly TenantAuditAction SsoDomainLost = Tenant("sso.domain_lost", AuditSubject.SsoDomain);
    public static readonly TenantAuditAction SsoDomainRemoved = Tenant("sso.domain_removed", AuditSubject.SsoDomain);
    public static readonly TenantAuditAction SsoSignedIn = Tenant("sso.signed_in", AuditSubject.Member);
    public static readonly TenantAuditAction SsoSignInDenied = Tenant("sso.sign_in_denied", AuditSubject.Tenant);
    public static readonly TenantAuditAction SsoIdentityLinked = Tenant("sso.identity_linked", AuditSubject.SsoIdentity);
    public static readonly TenantAuditAction SsoIdentityUnlinked = Tenant("sso.identity_unlinked", AuditSubject.SsoIdentity);
    public static readonly TenantAuditAction BreakGlassAdded = Tenant("break_glass.named", AuditSubject.BreakGlassAdmin);
    public static readonly TenantAuditAction BreakGlassConfirmed = Tenant("break_glass.confirmed", AuditSubject.BreakGlassAdmin);
    public static readonly TenantAuditAction BreakGlassRemoved = Tenant("break_glass.removed", AuditSubject.BreakGlassAdmin);
    public static readonly TenantAuditAction BreakGlassSignedIn = Tenant("break_glass.signed_in", AuditSubject.BreakGlassAdmin);

    // A tenant's content
    public static readonly TenantAuditAction DocumentUploaded = Tenant("document.uploaded", AuditSubject.Document);
    public static readonly TenantAuditAction DocumentUpdated = Tenant("document.updated", AuditSubject.Document);
    public static readonly TenantAuditAction DocumentDeleted = Tenant("document.deleted", AuditSubject.Document);
    public static readonly TenantAuditAction DownloadLinkCreated = Tenant("document.download_link_made", AuditSubject.Document);
    public static readonly TenantAuditAction DocumentVerified = Tenant("document.verified", AuditSubject.Document);
    public static readonly TenantAuditAction DocumentDamaged = Tenant("document.damaged", AuditSubject.Document);
    public static readonly TenantAuditAction FileMetadataChanged = Tenant("file.metadata_changed", AuditSubject.File);
    public static readonly TenantAuditAction FileDeleted = Tenant("file.deleted", AuditSubject.File);
    public static readonly TenantAuditAction FileObjectMissing = Tenant("file.object_missing", AuditSubject.File);

    /// <param name="name">A noun and a past participle.</param>
    /// <param name="subjectType">One of <see cref="AuditSubject"/>.</param>
    private protected AuditAction(string name, string subjectType) => (Name, SubjectType) = (name, subjectType);

    public string Name { get; }

    public string SubjectType { get; }

    /// <summary>All actions by name.</summary>
    public static IReadOnlyDictionary<string, AuditAction> All => ByName;

    public override string ToString() => Name;

    private static PlatformAuditAction Platform(string name, string subjectType) => Add(new PlatformAuditAction(name, subjectType));

    private static TenantAuditAction Tenant(string name, string subjectType) => Add(new TenantAuditAction(name, subjectType));

    private static TAction Add<TAction>(TAction action)
        where TAction : AuditAction
    {
        ByName.Add(action.Name, action);
        return action;
    }
}

/// <summary>An action in a tenant; recording it requires the tenant's id.</summary>
internal sealed class TenantAuditAction(string name, string subjectType) : AuditAction(name, subjectType);

/// <summary>An action of an account or of the platform, optionally related to a tenant.</summary>
internal sealed class PlatformAuditAction(string name, string subjectType) : AuditAction(name, subjectType);

/// <summary>The types of audit subjects.</summary>
internal static class AuditSubject
{
    public const string ApiKey = "api_key";
    public const string Audit = "audit";
    public const string BreakGlassAdmin = "break_glass_admin";
    public const string Document = "document";
    public const string EncryptionKey = "encryption_key";
    public const string Event = "event";
    public const string Factor = "factor";
    public const string File = "file";
    public const string Invitation = "invitation";
    public const string Job = "job";
    public const string JobRun = "job_run";
    public const string Mail = "mail";
    public const string Member = "member";
    public const string Route = "route";
    public const string ServiceAccount = "service_account";
    public const string Session = "session";
    public const string SigningKey = "signing_key";
    public const string SsoConfiguration = "sso_configuration";
    public const string SsoDomain = "sso_domain";
    public const string SsoIdentity = "sso_identity";
    public const string Tenant = "tenant";
    public const string User = "user";
}
