using System.Text.Json;

namespace SaaS.Core.Messaging;

// Every event of the product. An event is told in the database whose change it tells of, in the same transaction; its
// key is the tenant's id, or the subject's where there is no tenant. Fields are only ever added: a change of meaning is
// a new type. No event carries a secret, and none carries more of a person than an id.

/// <summary>Somebody has an account now.</summary>
internal sealed record UserRegistered(Guid UserId) : IEvent
{
    public static string Type => "user.registered";
}

/// <summary>A mail with a link is to be sent; the link's row says to whom and what for.</summary>
internal sealed record MailedLinkRequested(Guid LinkId) : IEvent
{
    public static string Type => "mailed_link.requested";
}

/// <summary>An account has another password.</summary>
/// <param name="ChangeId">Names this change.</param>
/// <param name="SessionId">The session that asked for it; null when it was reset by a mailed link.</param>
/// <param name="ChangedAt">When (UTC).</param>
internal sealed record PasswordChanged(Guid UserId, Guid ChangeId, Guid? SessionId, DateTimeOffset ChangedAt) : IEvent
{
    public static string Type => "user.password_changed";
}

/// <summary>An account has another e-mail address; the row of the change says which ones.</summary>
internal sealed record EmailChanged(Guid UserId, Guid ChangeId) : IEvent
{
    public static string Type => "user.email_changed";
}

/// <summary>An account may not sign in any more, by an operator's decision.</summary>
internal sealed record UserDeactivated(Guid UserId, Guid DeactivatedBy) : IEvent
{
    public static string Type => "user.deactivated";
}

/// <summary>An account may sign in again.</summary>
internal sealed record UserReactivated(Guid UserId, Guid ReactivatedBy) : IEvent
{
    public static string Type => "user.reactivated";
}

/// <summary>A tenant's database is there and serves.</summary>
internal sealed record TenantCreated(Guid CreatedBy) : IEvent
{
    public static string Type => "tenant.created";
}

/// <summary>A tenant has another name.</summary>
internal sealed record TenantRenamed(Guid RenamedBy) : IEvent
{
    public static string Type => "tenant.renamed";
}

/// <summary>A tenant serves nobody any more; all of it is still there.</summary>
/// <param name="DeletedBy">An admin of it, or an operator.</param>
internal sealed record TenantDeleted(Guid? DeletedBy) : IEvent
{
    public static string Type => "tenant.deleted";
}

/// <summary>A deleted tenant serves its members again.</summary>
/// <param name="RestoredBy">An admin of it, or an operator.</param>
internal sealed record TenantRestored(Guid? RestoredBy) : IEvent
{
    public static string Type => "tenant.restored";
}

/// <summary>Nothing of a tenant is left: neither database nor role nor object.</summary>
internal sealed record TenantErased : IEvent
{
    public static string Type => "tenant.erased";
}

/// <summary>Somebody may do more or less in the tenant now.</summary>
/// <param name="Role">admin, user or viewer.</param>
internal sealed record MemberRoleChanged(Guid UserId, string Role) : IEvent
{
    public static string Type => "member.role_changed";
}

/// <summary>Somebody may not act in the tenant any more: removed by an admin, or gone by themselves.</summary>
internal sealed record MemberRemoved(Guid UserId) : IEvent
{
    public static string Type => "member.removed";
}

/// <summary>Somebody may act in the tenant now.</summary>
/// <param name="Role">admin, user or viewer.</param>
internal sealed record MemberAdded(Guid UserId, string Role) : IEvent
{
    public static string Type => "member.added";
}

/// <summary>The members of a tenant sign in in another way now.</summary>
/// <param name="Method">local, sso or both.</param>
internal sealed record AuthMethodChanged(string Method, Guid ChangedBy) : IEvent
{
    public static string Type => "tenant.auth_method_changed";
}

/// <summary>A tenant has an identity provider, or another one than before, or other rules for who comes in by it.</summary>
internal sealed record SsoConfigurationChanged(Guid ChangedBy) : IEvent
{
    public static string Type => "sso.configuration_changed";
}

/// <summary>A tenant has no identity provider any more.</summary>
internal sealed record SsoConfigurationRemoved(Guid RemovedBy) : IEvent
{
    public static string Type => "sso.configuration_removed";
}

/// <summary>A person of the tenant's directory is known to be this account now.</summary>
internal sealed record SsoIdentityLinked(Guid UserId) : IEvent
{
    public static string Type => "sso.identity_linked";
}

/// <summary>An account is no person of the tenant's directory any more.</summary>
internal sealed record SsoIdentityUnlinked(Guid UserId) : IEvent
{
    public static string Type => "sso.identity_unlinked";
}

/// <summary>The client secret of a tenant's identity provider expires soon.</summary>
/// <param name="ExpiresAt">When (UTC).</param>
/// <param name="DaysLeft">30, 7 or 1: it expires within so many days.</param>
internal sealed record SsoSecretExpiring(Guid TenantId, DateTimeOffset ExpiresAt, int DaysLeft) : IEvent
{
    public static string Type => "sso.secret_expiring";
}

/// <summary>The TXT record that proves a tenant's domain is missing.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="VerifiedUntil">Until when the domain is verified (UTC).</param>
/// <param name="IsLost">Whether that time is over.</param>
internal sealed record SsoDomainRecordMissing(Guid TenantId, string Domain, DateTimeOffset VerifiedUntil, bool IsLost) : IEvent
{
    public static string Type => "sso.domain_record_missing";
}

/// <summary>Content that the tenant did not have before is stored.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
internal sealed record FileStored(Guid FileId, long Size, string Sha256) : IEvent
{
    public static string Type => "file.stored";
}

/// <summary>Content that no document showed any more is given up: its row is gone, its object goes when this is consumed.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">32 lower-case hexadecimal digits; with the id, it names the object.</param>
internal sealed record FileDeleted(Guid FileId, long Size, string Md5) : IEvent
{
    public static string Type => "file.deleted";
}

/// <summary>A document was added; its content may be older than it.</summary>
/// <param name="Deduplicated">The tenant had this content already.</param>
internal sealed record DocumentUploaded(Guid DocumentId, Guid FileId, Guid UploadedBy, bool Deduplicated) : IEvent
{
    public static string Type => "document.uploaded";
}

/// <summary>A document has another name or another media type.</summary>
internal sealed record DocumentUpdated(Guid DocumentId, Guid UpdatedBy) : IEvent
{
    public static string Type => "document.updated";
}

/// <summary>A document is gone; its content may be shown by others.</summary>
/// <param name="FileOrphaned">No document shows the content any more: it is given up after a while.</param>
internal sealed record DocumentDeleted(Guid DocumentId, Guid FileId, Guid DeletedBy, bool FileOrphaned) : IEvent
{
    public static string Type => "document.deleted";
}

/// <summary>Something is wrong with a job; the row of the alert says more.</summary>
/// <param name="Kind">failing or overdue.</param>
/// <param name="Since">When it became wrong (UTC).</param>
internal sealed record JobAlertRaised(Guid AlertId, string Job, string Kind, DateTimeOffset Since) : IEvent
{
    public static string Type => "job.alert_raised";
}

/// <summary>A job is well again, or is no more.</summary>
/// <param name="Kind">failing or overdue.</param>
internal sealed record JobAlertEnded(Guid AlertId, string Job, string Kind) : IEvent
{
    public static string Type => "job.alert_ended";
}

/// <summary>Somebody tries events out, in development; the only event that carries what people write.</summary>
/// <param name="Topic">What its sender calls it.</param>
/// <param name="MessageKey">What its sender wants to find it by; null for nothing.</param>
/// <param name="Message">Any JSON object.</param>
/// <param name="SentBy">Its sender, who alone is shown it.</param>
internal sealed record DemoMessageSent(string Topic, string? MessageKey, JsonElement Message, Guid SentBy) : IEvent
{
    public static string Type => "demo.message_sent";
}

internal static class EventCatalogue
{
    /// <summary>All types: what consumers may subscribe to, and what the documentation lists.</summary>
    public static readonly IReadOnlyList<string> Types =
    [
        UserRegistered.Type,
        MailedLinkRequested.Type,
        PasswordChanged.Type,
        EmailChanged.Type,
        UserDeactivated.Type,
        UserReactivated.Type,
        TenantCreated.Type,
        TenantRenamed.Type,
        TenantDeleted.Type,
        TenantRestored.Type,
        TenantErased.Type,
        MemberAdded.Type,
        MemberRoleChanged.Type,
        MemberRemoved.Type,
        AuthMethodChanged.Type,
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
