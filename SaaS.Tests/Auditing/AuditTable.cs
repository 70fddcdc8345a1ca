using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Auditing;

/// <summary>The database that an entry is stored in.</summary>
public enum AuditDatabase
{
    Control,
    Tenant,
}

/// <summary>A scenario of <see cref="AuditedUseCaseTests"/> or <see cref="AuditedOperationTests"/>, which run the use cases.</summary>
public enum AuditScenario
{
    Account,
    Tenant,
    Content,
    Sso,
    BreakGlass,
    Operation,
    Erasure,
    Keys,
}

/// <summary>The expected entry of an action: the use case that writes it, its database, its subject and its details.</summary>
/// <param name="OfTenant">True if the entry has the tenant's id.</param>
/// <param name="HasAddress">True if a request causes it; a job, a consumer or a command has no client.</param>
/// <param name="Details">The exact fields of at least one entry.</param>
internal sealed record AuditRow(
    AuditAction Action,
    string WrittenBy,
    AuditDatabase Database,
    string SubjectType,
    bool OfTenant,
    bool HasAddress,
    AuditScenario Scenario,
    params string[] Details
);

/// <summary>Every audit action, listed by hand. A new one has to be added, and its scenario has to run it.</summary>
internal static class AuditTable
{
    private const AuditDatabase Control = AuditDatabase.Control;
    private const AuditDatabase Own = AuditDatabase.Tenant;

    public static readonly AuditRow[] Rows =
    [
        new(AuditAction.UserRegistered, "NewAccounts, ProvisionSsoUser", Control, "user", false, true, AuditScenario.Account, "email"),
        new(AuditAction.SignedIn, "OpenSession", Control, "session", false, true, AuditScenario.Account, "method", "amr", "device"),
        new(AuditAction.SignedOut, "LogOut, SignOutOfSso", Control, "session", false, true, AuditScenario.Account, "method"),
        new(
            AuditAction.SignInFailed,
            "VerifyPassword, VerifyCurrentPassword, VerifySecondFactor, BreakGlassSignIn, OperatorSignIn",
            Control,
            "user",
            false,
            true,
            AuditScenario.Account,
            "reason"
        ),
        new(
            AuditAction.SignInRateLimited,
            "VerifyPassword, VerifyCurrentPassword, VerifySecondFactor",
            Control,
            "user",
            false,
            true,
            AuditScenario.Account
        ),
        new(AuditAction.SteppedUp, "StepUp", Control, "session", false, true, AuditScenario.Account, "amr"),
        new(AuditAction.FactorAdded, "ChangeFactors", Control, "factor", false, true, AuditScenario.Account, "kind", "name"),
        new(
            AuditAction.FactorRemoved,
            "ChangeFactors, FactorRevoker",
            Control,
            "factor",
            false,
            true,
            AuditScenario.Account,
            "kind",
            "name"
        ),
        new(AuditAction.FactorCounterWentBack, "Passkeys", Control, "factor", false, true, AuditScenario.Account, "name", "stored"),
        new(AuditAction.RecoveryCodesReplaced, "ReplaceRecoveryCodes", Control, "user", false, true, AuditScenario.Account, "codes"),
        new(AuditAction.RecoveryCodeUsed, "SecondFactors", Control, "user", false, true, AuditScenario.Account, "left"),
        new(AuditAction.ProfileChanged, "UpdateProfile", Control, "user", false, true, AuditScenario.Account, "first_name"),
        new(AuditAction.PasswordChanged, "ChangePassword", Control, "user", false, true, AuditScenario.Account, "password"),
        new(AuditAction.PasswordReset, "ResetPassword", Control, "user", false, true, AuditScenario.Account, "by", "password"),
        new(AuditAction.EmailVerified, "VerifyEmail, ProvisionSsoUser", Control, "user", false, true, AuditScenario.Account, "by", "email"),
        new(AuditAction.EmailChanged, "ConfirmEmail", Control, "user", false, true, AuditScenario.Account, "email"),
        new(AuditAction.UserDeactivated, "DeactivateUser", Control, "user", false, true, AuditScenario.Account, "is_active"),
        new(AuditAction.UserReactivated, "ReactivateUser", Control, "user", false, true, AuditScenario.Account, "is_active"),
        new(AuditAction.SessionEnded, "EndSession", Control, "session", false, true, AuditScenario.Account, "device"),
        new(AuditAction.OtherSessionsEnded, "EndOtherSessions", Control, "user", false, true, AuditScenario.Account, "ended"),
        new(AuditAction.TokenReused, "RefreshSession", Control, "session", false, true, AuditScenario.Account, "device"),
        new(AuditAction.AccessDenied, "SecurityEventMiddleware", Control, "route", false, true, AuditScenario.Account, "route", "code"),
        new(AuditAction.TenantCreated, "CreateTenant", Control, "tenant", true, true, AuditScenario.Tenant, "name", "admin_id"),
        new(AuditAction.TenantRenamed, "RenameTenant", Control, "tenant", true, true, AuditScenario.Tenant, "name"),
        new(AuditAction.TenantDeleted, "DeleteTenant, EraseTenantAsOperator", Control, "tenant", true, true, AuditScenario.Tenant),
        new(AuditAction.TenantRestored, "RestoreTenant", Control, "tenant", true, true, AuditScenario.Tenant),
        new(AuditAction.TenantSuspended, "SuspendTenant", Control, "tenant", true, true, AuditScenario.Tenant, "reason", "suspension"),
        new(AuditAction.TenantResumed, "ResumeTenant", Control, "tenant", true, true, AuditScenario.Tenant, "suspension"),
        new(
            AuditAction.MfaRequirementChanged,
            "ChangeMfaRequirement",
            Control,
            "tenant",
            true,
            true,
            AuditScenario.Tenant,
            "mfa_required_from"
        ),
        new(AuditAction.QuotasChanged, "ChangeQuotas", Control, "tenant", true, true, AuditScenario.Tenant, "max_members"),
        new(AuditAction.MemberAdded, "AddMembership, ProvisionSsoUser", Control, "member", true, true, AuditScenario.Tenant, "role"),
        new(
            AuditAction.MemberRoleChanged,
            "ChangeMemberRole, SsoAdmissionRules",
            Control,
            "member",
            true,
            true,
            AuditScenario.Tenant,
            "role"
        ),
        new(AuditAction.MemberRemoved, "RemoveMember", Control, "member", true, true, AuditScenario.Tenant, "role"),
        new(AuditAction.InvitationCreated, "Invitations", Control, "invitation", true, true, AuditScenario.Tenant, "email", "role"),
        new(AuditAction.InvitationResent, "ResendInvitation", Control, "invitation", true, true, AuditScenario.Tenant, "email", "mails"),
        new(AuditAction.InvitationWithdrawn, "WithdrawInvitation", Control, "invitation", true, true, AuditScenario.Tenant, "email"),
        new(AuditAction.InvitationAccepted, "InvitationAnswers", Control, "invitation", true, true, AuditScenario.Tenant, "role"),
        new(AuditAction.InvitationDeclined, "DeclineInvitation", Control, "invitation", true, true, AuditScenario.Tenant),
        new(AuditAction.JoinRuleChanged, "ChangeJoinRule", Control, "tenant", true, true, AuditScenario.Tenant, "role"),
        new(
            AuditAction.ServiceAccountCreated,
            "CreateServiceAccount",
            Control,
            "service_account",
            true,
            true,
            AuditScenario.Tenant,
            "name",
            "role"
        ),
        new(
            AuditAction.ServiceAccountChanged,
            "ChangeServiceAccount",
            Control,
            "service_account",
            true,
            true,
            AuditScenario.Tenant,
            "role",
            "is_enabled"
        ),
        new(
            AuditAction.ServiceAccountDeleted,
            "DeleteServiceAccount",
            Control,
            "service_account",
            true,
            true,
            AuditScenario.Tenant,
            "name",
            "role"
        ),
        new(
            AuditAction.ApiKeyCreated,
            "CreateApiKey",
            Control,
            "api_key",
            true,
            true,
            AuditScenario.Tenant,
            "service_account_id",
            "name",
            "scopes",
            "allowed_networks",
            "expires_at"
        ),
        new(
            AuditAction.ApiKeyRotated,
            "RotateApiKey",
            Control,
            "api_key",
            true,
            true,
            AuditScenario.Tenant,
            "service_account_id",
            "replaced_by",
            "name",
            "scopes",
            "expires_at"
        ),
        new(AuditAction.ApiKeyRevoked, "RevokeApiKey", Control, "api_key", true, true, AuditScenario.Tenant, "service_account_id", "name"),
        new(AuditAction.AuditExported, "AuditResponder", Control, "audit", true, true, AuditScenario.Tenant, "format"),
        new(
            AuditAction.DocumentUploaded,
            "UploadDocument",
            Own,
            "document",
            true,
            true,
            AuditScenario.Content,
            "filename",
            "mime_type",
            "file_id",
            "file_size"
        ),
        new(
            AuditAction.DocumentUpdated,
            "UpdateDocument, BulkUpdateDocuments",
            Own,
            "document",
            true,
            true,
            AuditScenario.Content,
            "filename"
        ),
        new(
            AuditAction.DocumentDeleted,
            "DeleteDocument, BulkDeleteDocuments",
            Own,
            "document",
            true,
            true,
            AuditScenario.Content,
            "filename",
            "file_id"
        ),
        new(
            AuditAction.DownloadLinkCreated,
            "CreateDownloadLink",
            Own,
            "document",
            true,
            true,
            AuditScenario.Content,
            "filename",
            "expires_at"
        ),
        new(AuditAction.DocumentVerified, "VerifyUploadedDocument", Own, "document", true, false, AuditScenario.Content, "file_id"),
        new(AuditAction.DocumentDamaged, "VerifyUploadedDocument", Own, "document", true, false, AuditScenario.Content, "file_id"),
        new(AuditAction.FileMetadataChanged, "ChangeFileMetadata", Own, "file", true, true, AuditScenario.Content, "fields"),
        new(
            AuditAction.FileDeleted,
            "DeleteFile, PurgeUnusedFiles",
            Own,
            "file",
            true,
            true,
            AuditScenario.Content,
            "file_size",
            "md5_hash"
        ),
        new(
            AuditAction.FileObjectMissing,
            "CollectOrphanedObjects",
            Own,
            "file",
            true,
            false,
            AuditScenario.Content,
            "file_size",
            "md5_hash"
        ),
        new(
            AuditAction.SsoConfigured,
            "CreateSsoConfiguration",
            Control,
            "sso_configuration",
            true,
            true,
            AuditScenario.Sso,
            "auth_method",
            "provider_tenant_id",
            "client_id",
            "is_enabled",
            "provisions"
        ),
        new(
            AuditAction.SsoConfigurationChanged,
            "ChangeSsoConfiguration, ChangeAutoProvisioning",
            Control,
            "sso_configuration",
            true,
            true,
            AuditScenario.Sso,
            "client_secret"
        ),
        new(
            AuditAction.SsoConfigurationRemoved,
            "RemoveSsoConfiguration",
            Control,
            "sso_configuration",
            true,
            true,
            AuditScenario.Sso,
            "provider_tenant_id",
            "client_id"
        ),
        new(AuditAction.SsoEnabled, "EnableSso", Control, "sso_configuration", true, true, AuditScenario.Sso, "auth_method", "is_enabled"),
        new(
            AuditAction.SsoDisabled,
            "DisableSso",
            Control,
            "sso_configuration",
            true,
            true,
            AuditScenario.Sso,
            "auth_method",
            "is_enabled",
            "provisions"
        ),
        new(AuditAction.SsoDomainAdded, "AddSsoDomain", Control, "sso_domain", true, true, AuditScenario.Sso, "domain"),
        new(AuditAction.SsoDomainVerified, "VerifySsoDomain", Control, "sso_domain", true, true, AuditScenario.Sso, "domain"),
        new(AuditAction.SsoDomainLost, "ReverifySsoDomainsJob", Control, "sso_domain", true, false, AuditScenario.Sso, "domain"),
        new(AuditAction.SsoDomainRemoved, "RemoveSsoDomain", Control, "sso_domain", true, true, AuditScenario.Sso, "domain"),
        new(AuditAction.SsoSignedIn, "ProvisionSsoUser", Control, "member", true, true, AuditScenario.Sso, "object_id"),
        new(AuditAction.SsoSignInDenied, "CompleteSsoSignIn", Control, "tenant", true, true, AuditScenario.Sso, "code"),
        new(
            AuditAction.SsoIdentityLinked,
            "ProvisionSsoUser",
            Control,
            "sso_identity",
            true,
            true,
            AuditScenario.Sso,
            "user_id",
            "object_id"
        ),
        new(
            AuditAction.SsoIdentityUnlinked,
            "UnlinkSsoIdentity, SsoRevoker",
            Control,
            "sso_identity",
            true,
            true,
            AuditScenario.Sso,
            "user_id",
            "object_id"
        ),
        new(
            AuditAction.BreakGlassAdded,
            "AddBreakGlassAdmin",
            Control,
            "break_glass_admin",
            true,
            true,
            AuditScenario.BreakGlass,
            "secret"
        ),
        new(AuditAction.BreakGlassConfirmed, "ConfirmBreakGlassAdmin", Control, "break_glass_admin", true, true, AuditScenario.BreakGlass),
        new(
            AuditAction.BreakGlassRemoved,
            "RemoveBreakGlassAdmin, SsoRevoker",
            Control,
            "break_glass_admin",
            true,
            true,
            AuditScenario.BreakGlass
        ),
        new(
            AuditAction.BreakGlassSignedIn,
            "BreakGlassSignIn",
            Control,
            "break_glass_admin",
            true,
            true,
            AuditScenario.BreakGlass,
            "device"
        ),
        new(AuditAction.PlatformAdminCreated, "CreatePlatformAdmin", Control, "user", false, false, AuditScenario.Operation, "email"),
        new(
            AuditAction.MailRejected,
            "PersonalMail, MailOperators",
            Control,
            "mail",
            false,
            false,
            AuditScenario.Operation,
            "user_id",
            "to"
        ),
        new(AuditAction.OperatorPromoted, "PromoteOperator", Control, "user", false, true, AuditScenario.Operation),
        new(AuditAction.OperatorDemoted, "DemoteOperator", Control, "user", false, true, AuditScenario.Operation),
        new(AuditAction.EventReplayed, "ReplayDeadLetters", Control, "event", true, true, AuditScenario.Operation, "type"),
        new(AuditAction.EventSkipped, "SkipDeadLetter", Control, "event", true, true, AuditScenario.Operation, "type", "consumer"),
        new(AuditAction.JobRunRequested, "RunJob", Control, "job_run", false, true, AuditScenario.Operation, "job"),
        new(AuditAction.JobPaused, "PauseJob", Control, "job", false, true, AuditScenario.Operation, "job"),
        new(AuditAction.JobResumed, "PauseJob", Control, "job", false, true, AuditScenario.Operation, "job"),
        new(AuditAction.JobCancelRequested, "CancelJobRun", Control, "job_run", false, true, AuditScenario.Operation, "job"),
        new(
            AuditAction.TenantErasureRequested,
            "EraseTenantAsOperator",
            Control,
            "tenant",
            true,
            true,
            AuditScenario.Erasure,
            "name",
            "erase_after",
            "export"
        ),
        new(AuditAction.TenantErased, "EraseTenant", Control, "tenant", true, false, AuditScenario.Erasure, "name"),
        new(AuditAction.ExportRead, "DownloadTenantExport", Control, "tenant", true, true, AuditScenario.Erasure),
        new(AuditAction.ExportRemoved, "DownloadTenantExport", Control, "tenant", true, true, AuditScenario.Erasure),
        new(
            AuditAction.SigningKeyRotated,
            "RotateSigningKey",
            Control,
            "signing_key",
            false,
            false,
            AuditScenario.Keys,
            "key_id",
            "retired"
        ),
        new(
            AuditAction.PlatformKeyRotated,
            "RotateEncryptionKeysJob",
            Control,
            "encryption_key",
            false,
            false,
            AuditScenario.Keys,
            "purpose",
            "version"
        ),
        new(AuditAction.KeyRotated, "RotateEncryptionKeysJob", Control, "tenant", true, false, AuditScenario.Keys, "purpose", "version"),
        new(AuditAction.AuditPurged, "PurgeAuditEntriesJob", Control, "audit", true, false, AuditScenario.Keys, "entries", "before"),
    ];

    /// <summary>Waits until each action of a scenario is recorded as expected, and fails with the first that is not.</summary>
    /// <param name="ids">
    /// Accounts, sessions and subjects that distinguish the scenario's entries from those of other tests where the entries have no
    /// tenant; null for an installation of its own.
    /// </param>
    public static async Task AssertRecordedAsync(SaaSApp app, AuditScenario scenario, Guid? tenantId, IReadOnlyCollection<Guid>? ids)
    {
        var actors = ids?.Select(id => $"user:{id}").ToList();
        foreach (var row in Rows.Where(row => row.Scenario == scenario))
        {
            var name = row.Action.Name;
            List<AuditEntry> found = [];
            await Eventually.HoldsAsync(
                async () =>
                {
                    found =
                        row.Database is AuditDatabase.Tenant
                            ? await app.InTenantAsync(
                                tenantId!.Value,
                                db => db.AuditEntries.AsNoTracking().Where(entry => entry.Action == name).ToListAsync()
                            )
                            : await app.InControlAsync(db =>
                                db.AuditEntries.AsNoTracking()
                                    .Where(entry => entry.Action == name)
                                    .Where(entry =>
                                        row.OfTenant
                                            ? entry.TenantId == tenantId
                                            : entry.TenantId == null
                                                && (ids == null || ids.Contains(entry.SubjectId) || actors!.Contains(entry.Actor))
                                    )
                                    .ToListAsync()
                            );
                    return found.Exists(entry => FieldsOf(entry).SequenceEqual(row.Details.Order(StringComparer.Ordinal)));
                },
                $"{name} is not recorded in {row.Database} with the details {string.Join(", ", row.Details)}"
            );

            Assert.All(
                found,
                entry => Assert.Equal((name, row.SubjectType, row.OfTenant ? tenantId : null), (name, entry.SubjectType, entry.TenantId))
            );
            Assert.All(found, entry => Assert.NotEqual(Guid.Empty, entry.SubjectId));
            var exact = found.First(entry => FieldsOf(entry).SequenceEqual(row.Details.Order(StringComparer.Ordinal)));
            Assert.Equal((name, row.HasAddress), (name, exact.Address is not null));
            Assert.True(!row.HasAddress || exact.TraceId is { Length: 32 }, $"{name} has no trace id");
        }
    }

    private static IEnumerable<string> FieldsOf(AuditEntry entry) =>
        entry.Details is { ValueKind: JsonValueKind.Object } details
            ? details.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal)
            : [];
}
