using System.Text.Json;

namespace SaaS.Core.Messaging;

// All events of the product. An event is written to the outbox of the database that changed, in the same transaction;
// its key is the tenant's id, or the subject's id if there is no tenant. Fields are only added: a change of meaning needs
// a new type. Events carry no secrets, and no personal data except ids.

/// <summary>An account was registered.</summary>
internal sealed record UserRegistered(Guid UserId) : IEvent
{
    public static string Type => "user.registered";
}

/// <summary>An email with a link was requested; the link's row holds its recipient and purpose.</summary>
internal sealed record MailedLinkRequested(Guid LinkId) : IEvent
{
    public static string Type => "mailed_link.requested";
}

/// <summary>The password of an account was changed.</summary>
/// <param name="ChangeId">The id of this change.</param>
/// <param name="SessionId">The session that requested the change; null for a reset by a mailed link.</param>
/// <param name="ChangedAt">Time of the change (UTC).</param>
internal sealed record PasswordChanged(Guid UserId, Guid ChangeId, Guid? SessionId, DateTimeOffset ChangedAt) : IEvent
{
    public static string Type => "user.password_changed";
}

/// <summary>The email address of an account was changed; the row of the change holds the old and the new one.</summary>
internal sealed record EmailChanged(Guid UserId, Guid ChangeId) : IEvent
{
    public static string Type => "user.email_changed";
}

/// <summary>A second factor was added to an account.</summary>
/// <param name="ChangeId">The id of this change.</param>
/// <param name="Kind">totp or passkey.</param>
/// <param name="AddedAt">Time of the change (UTC).</param>
internal sealed record FactorAdded(Guid UserId, Guid ChangeId, string Kind, DateTimeOffset AddedAt) : IEvent
{
    public static string Type => "user.factor_added";
}

/// <summary>A second factor was removed from an account.</summary>
/// <param name="ChangeId">The id of this change.</param>
/// <param name="Kind">totp or passkey.</param>
/// <param name="RemovedAt">Time of the change (UTC).</param>
internal sealed record FactorRemoved(Guid UserId, Guid ChangeId, string Kind, DateTimeOffset RemovedAt) : IEvent
{
    public static string Type => "user.factor_removed";
}

/// <summary>A recovery code of an account was used.</summary>
/// <param name="UseId">The id of this use.</param>
/// <param name="CodesLeft">The number of unused codes.</param>
/// <param name="UsedAt">Time of the use (UTC).</param>
internal sealed record RecoveryCodeUsed(Guid UserId, Guid UseId, int CodesLeft, DateTimeOffset UsedAt) : IEvent
{
    public static string Type => "user.recovery_code_used";
}

/// <summary>An operator deactivated an account: it can no longer sign in.</summary>
internal sealed record UserDeactivated(Guid UserId, Guid DeactivatedBy) : IEvent
{
    public static string Type => "user.deactivated";
}

/// <summary>An operator reactivated an account: it can sign in again.</summary>
internal sealed record UserReactivated(Guid UserId, Guid ReactivatedBy) : IEvent
{
    public static string Type => "user.reactivated";
}

/// <summary>A tenant was created and its database is ready.</summary>
internal sealed record TenantCreated(Guid CreatedBy) : IEvent
{
    public static string Type => "tenant.created";
}

/// <summary>A tenant was renamed.</summary>
internal sealed record TenantRenamed(Guid RenamedBy) : IEvent
{
    public static string Type => "tenant.renamed";
}

/// <summary>A tenant was deleted. Its data is kept until it is erased.</summary>
/// <param name="DeletedBy">An admin of the tenant or an operator.</param>
internal sealed record TenantDeleted(Guid? DeletedBy) : IEvent
{
    public static string Type => "tenant.deleted";
}

/// <summary>An operator suspended a tenant; its row holds the reason.</summary>
/// <param name="Suspension">read_only or closed.</param>
internal sealed record TenantSuspended(Guid TenantId, Guid SuspensionId, string Suspension, Guid SuspendedBy) : IEvent
{
    public static string Type => "tenant.suspended";
}

/// <summary>An operator ended the suspension of a tenant.</summary>
internal sealed record TenantResumed(Guid TenantId, Guid SuspensionId, Guid ResumedBy) : IEvent
{
    public static string Type => "tenant.resumed";
}

/// <summary>An account became an operator of the platform.</summary>
internal sealed record OperatorPromoted(Guid UserId, Guid PromotedBy) : IEvent
{
    public static string Type => "operator.promoted";
}

/// <summary>An account is no longer an operator of the platform.</summary>
internal sealed record OperatorDemoted(Guid UserId, Guid DemotedBy) : IEvent
{
    public static string Type => "operator.demoted";
}

/// <summary>A deleted tenant was restored.</summary>
/// <param name="RestoredBy">An admin of the tenant or an operator.</param>
internal sealed record TenantRestored(Guid? RestoredBy) : IEvent
{
    public static string Type => "tenant.restored";
}

/// <summary>A tenant was erased: its database, database role and objects no longer exist.</summary>
internal sealed record TenantErased : IEvent
{
    public static string Type => "tenant.erased";
}

/// <summary>The role of a member was changed.</summary>
/// <param name="Role">admin, user or viewer.</param>
internal sealed record MemberRoleChanged(Guid UserId, string Role) : IEvent
{
    public static string Type => "member.role_changed";
}

/// <summary>A member was removed by an admin or left the tenant.</summary>
internal sealed record MemberRemoved(Guid UserId) : IEvent
{
    public static string Type => "member.removed";
}

/// <summary>A member was added to the tenant.</summary>
/// <param name="Role">admin, user or viewer.</param>
internal sealed record MemberAdded(Guid UserId, string Role) : IEvent
{
    public static string Type => "member.added";
}

/// <summary>An invitation was created or sent again; its row holds the address and the role.</summary>
/// <param name="MailId">The id of the mail that this event triggers.</param>
internal sealed record InvitationIssued(Guid InvitationId, Guid MailId) : IEvent
{
    public static string Type => "invitation.issued";
}

/// <summary>An invitation was accepted; <c>member.added</c> precedes it unless the account was a member already.</summary>
internal sealed record InvitationAccepted(Guid InvitationId, Guid UserId) : IEvent
{
    public static string Type => "invitation.accepted";
}

/// <summary>The invited person declined an invitation.</summary>
internal sealed record InvitationDeclined(Guid InvitationId) : IEvent
{
    public static string Type => "invitation.declined";
}

/// <summary>An admin withdrew an invitation.</summary>
internal sealed record InvitationWithdrawn(Guid InvitationId) : IEvent
{
    public static string Type => "invitation.withdrawn";
}

/// <summary>The rule by which people join the tenant by themselves was changed.</summary>
/// <param name="Role">user or viewer; null when nobody can join by themselves.</param>
internal sealed record JoinRuleChanged(string? Role, Guid ChangedBy) : IEvent
{
    public static string Type => "tenant.join_rule_changed";
}

/// <summary>A service account was created.</summary>
/// <param name="Role">admin, user or viewer.</param>
internal sealed record ServiceAccountCreated(Guid ServiceAccountId, string Role, Guid CreatedBy) : IEvent
{
    public static string Type => "service_account.created";
}

/// <summary>The name, description, role or state of a service account was changed.</summary>
/// <param name="Role">admin, user or viewer.</param>
/// <param name="IsEnabled">False while its API keys are rejected.</param>
internal sealed record ServiceAccountChanged(Guid ServiceAccountId, string Role, bool IsEnabled, Guid ChangedBy) : IEvent
{
    public static string Type => "service_account.changed";
}

/// <summary>A service account and its API keys were deleted.</summary>
internal sealed record ServiceAccountDeleted(Guid ServiceAccountId, Guid DeletedBy) : IEvent
{
    public static string Type => "service_account.deleted";
}

/// <summary>An API key of a service account was created.</summary>
/// <param name="ExpiresAt">End of the key (UTC).</param>
internal sealed record ApiKeyCreated(
    Guid KeyId,
    Guid ServiceAccountId,
    IReadOnlyList<string> Scopes,
    DateTimeOffset ExpiresAt,
    Guid CreatedBy
) : IEvent
{
    public static string Type => "api_key.created";
}

/// <summary>An API key was replaced by a new one.</summary>
/// <param name="ExpiresAt">End of the replaced key (UTC).</param>
internal sealed record ApiKeyRotated(Guid KeyId, Guid ReplacedBy, Guid ServiceAccountId, DateTimeOffset ExpiresAt, Guid RotatedBy) : IEvent
{
    public static string Type => "api_key.rotated";
}

/// <summary>An API key was revoked.</summary>
internal sealed record ApiKeyRevoked(Guid KeyId, Guid ServiceAccountId, Guid RevokedBy) : IEvent
{
    public static string Type => "api_key.revoked";
}

/// <summary>The authentication method of a tenant was changed.</summary>
/// <param name="Method">local, sso or both.</param>
internal sealed record AuthMethodChanged(string Method, Guid ChangedBy) : IEvent
{
    public static string Type => "tenant.auth_method_changed";
}

/// <summary>A tenant's demand for a second factor of its members was changed.</summary>
/// <param name="RequiredFrom">The time from which members need one (UTC); null when they do not.</param>
internal sealed record MfaRequirementChanged(DateTimeOffset? RequiredFrom, Guid ChangedBy) : IEvent
{
    public static string Type => "tenant.mfa_requirement_changed";
}

/// <summary>The identity provider of a tenant, or its provisioning rules, were created or changed.</summary>
internal sealed record SsoConfigurationChanged(Guid ChangedBy) : IEvent
{
    public static string Type => "sso.configuration_changed";
}

/// <summary>The identity provider of a tenant was removed.</summary>
internal sealed record SsoConfigurationRemoved(Guid RemovedBy) : IEvent
{
    public static string Type => "sso.configuration_removed";
}

/// <summary>An external identity of the tenant's directory was linked to an account.</summary>
internal sealed record SsoIdentityLinked(Guid UserId) : IEvent
{
    public static string Type => "sso.identity_linked";
}

/// <summary>An external identity of the tenant's directory was unlinked from an account.</summary>
internal sealed record SsoIdentityUnlinked(Guid UserId) : IEvent
{
    public static string Type => "sso.identity_unlinked";
}

/// <summary>The client secret of a tenant's identity provider will expire soon.</summary>
/// <param name="ExpiresAt">Expiry time (UTC).</param>
/// <param name="DaysLeft">Reached threshold in days: 30, 7 or 1.</param>
internal sealed record SsoSecretExpiring(Guid TenantId, DateTimeOffset ExpiresAt, int DaysLeft) : IEvent
{
    public static string Type => "sso.secret_expiring";
}

/// <summary>The TXT record that verifies a tenant's domain is missing.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="VerifiedUntil">Expiry time of the verification (UTC).</param>
/// <param name="IsLost">True when the verification has expired.</param>
internal sealed record SsoDomainRecordMissing(Guid TenantId, string Domain, DateTimeOffset VerifiedUntil, bool IsLost) : IEvent
{
    public static string Type => "sso.domain_record_missing";
}

/// <summary>New content was stored in the tenant.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
internal sealed record FileStored(Guid FileId, long Size, string Sha256) : IEvent
{
    public static string Type => "file.stored";
}

/// <summary>A file without documents was deleted: its row is deleted, and the consumer of this event deletes its object.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">32 lower-case hexadecimal digits; part of the object key, together with the id.</param>
internal sealed record FileDeleted(Guid FileId, long Size, string Md5) : IEvent
{
    public static string Type => "file.deleted";
}

/// <summary>A document was uploaded.</summary>
/// <param name="Deduplicated">True when the tenant had already stored this content.</param>
internal sealed record DocumentUploaded(Guid DocumentId, Guid FileId, Guid UploadedBy, bool Deduplicated) : IEvent
{
    public static string Type => "document.uploaded";
}

/// <summary>The name or media type of a document was changed.</summary>
internal sealed record DocumentUpdated(Guid DocumentId, Guid UpdatedBy) : IEvent
{
    public static string Type => "document.updated";
}

/// <summary>A document was deleted. Other documents may still refer to its file.</summary>
/// <param name="FileOrphaned">True when no other document refers to the file; it is purged later.</param>
internal sealed record DocumentDeleted(Guid DocumentId, Guid FileId, Guid DeletedBy, bool FileOrphaned) : IEvent
{
    public static string Type => "document.deleted";
}

/// <summary>An alert for a job was raised; the row of the alert holds the details.</summary>
/// <param name="Kind">failing or overdue.</param>
/// <param name="Since">Start of the problem (UTC).</param>
internal sealed record JobAlertRaised(Guid AlertId, string Job, string Kind, DateTimeOffset Since) : IEvent
{
    public static string Type => "job.alert_raised";
}

/// <summary>An alert ended because the job recovered or was removed.</summary>
/// <param name="Kind">failing or overdue.</param>
internal sealed record JobAlertEnded(Guid AlertId, string Job, string Kind) : IEvent
{
    public static string Type => "job.alert_ended";
}

/// <summary>A demo message was sent (development only). It is the only event with free text of users.</summary>
/// <param name="Topic">A name chosen by the sender.</param>
/// <param name="MessageKey">A search key chosen by the sender; may be null.</param>
/// <param name="Message">Any JSON object.</param>
/// <param name="SentBy">The sender, the only user who can read the message.</param>
internal sealed record DemoMessageSent(string Topic, string? MessageKey, JsonElement Message, Guid SentBy) : IEvent
{
    public static string Type => "demo.message_sent";
}

internal static class EventCatalogue
{
    /// <summary>All event types, to which consumers can subscribe and which the documentation lists.</summary>
    public static readonly IReadOnlyList<string> Types =
    [
        UserRegistered.Type,
        MailedLinkRequested.Type,
        PasswordChanged.Type,
        EmailChanged.Type,
        FactorAdded.Type,
        FactorRemoved.Type,
        RecoveryCodeUsed.Type,
        UserDeactivated.Type,
        UserReactivated.Type,
        TenantCreated.Type,
        TenantRenamed.Type,
        TenantDeleted.Type,
        TenantRestored.Type,
        TenantSuspended.Type,
        TenantResumed.Type,
        OperatorPromoted.Type,
        OperatorDemoted.Type,
        TenantErased.Type,
        MemberAdded.Type,
        MemberRoleChanged.Type,
        MemberRemoved.Type,
        InvitationIssued.Type,
        InvitationAccepted.Type,
        InvitationDeclined.Type,
        InvitationWithdrawn.Type,
        JoinRuleChanged.Type,
        ServiceAccountCreated.Type,
        ServiceAccountChanged.Type,
        ServiceAccountDeleted.Type,
        ApiKeyCreated.Type,
        ApiKeyRotated.Type,
        ApiKeyRevoked.Type,
        AuthMethodChanged.Type,
        MfaRequirementChanged.Type,
        SsoConfigurationChanged.Type,
        SsoConfigurationRemoved.Type,
        SsoIdentityLinked.Type,
        SsoIdentityUnlinked.Type,
        SsoSecretExpiring.Type,
        SsoDomainRecordMissing.Type,
        FileStored.Type,
        FileDeleted.Type,
        DocumentUploaded.Type,
        DocumentUpdated.Type,
        DocumentDeleted.Type,
        JobAlertRaised.Type,
        JobAlertEnded.Type,
        DemoMessageSent.Type,
    ];
}

/// <summary>An event that is published to subscribers. Its type is also its topic; its fields never change their meaning.</summary>
internal interface IEvent
{
    /// <summary>The event type: a noun and a past participle, e.g. <c>document.uploaded</c>.</summary>
    static abstract string Type { get; }
}
