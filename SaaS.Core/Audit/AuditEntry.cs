using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Audit;

/// <summary>Who did what to which thing, and when. Written once, with the change itself; never changed.</summary>
internal sealed class AuditEntry
{
    public required Guid Id { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary><c>user:{id}</c>, <c>consumer:{name}</c>, <c>job:{name}</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>One of <see cref="AuditAction"/>.</summary>
    public required string Action { get; init; }

    public required Guid SubjectId { get; init; }

    public string? TraceId { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable("audit_entries");
            builder.Property(entry => entry.Id).ValueGeneratedNever();
            builder.Property(entry => entry.Actor).HasMaxLength(100);
            builder.Property(entry => entry.Action).HasMaxLength(100);
            builder.Property(entry => entry.TraceId).HasMaxLength(32);
            builder.HasIndex(entry => new { entry.OccurredAt, entry.Id }).IsDescending();
            builder.HasIndex(entry => entry.SubjectId);
        }
    }
}

/// <summary>What the audit knows to have happened.</summary>
internal static class AuditAction
{
    public const string UserRegistered = "user.registered";
    public const string SignedIn = "user.signed_in";
    public const string SignedOut = "user.signed_out";
    public const string ProfileChanged = "user.profile_changed";
    public const string PasswordChanged = "user.password_changed";
    public const string PasswordReset = "user.password_reset";
    public const string EmailVerified = "user.email_verified";
    public const string EmailChanged = "user.email_changed";
    public const string MailRefused = "mail.refused";
    public const string UserDeactivated = "user.deactivated";
    public const string UserReactivated = "user.reactivated";
    public const string PlatformAdminCreated = "user.platform_admin_created";
    public const string SessionEnded = "session.ended";
    public const string OtherSessionsEnded = "session.others_ended";
    public const string SpentTokenUsed = "session.spent_token_used";
    public const string TenantCreated = "tenant.created";
    public const string TenantRenamed = "tenant.renamed";
    public const string TenantDeleted = "tenant.deleted";
    public const string TenantRestored = "tenant.restored";
    public const string TenantErasureOrdered = "tenant.erasure_ordered";
    public const string TenantErased = "tenant.erased";
    public const string ExportRead = "tenant.export_read";
    public const string ExportRemoved = "tenant.export_removed";
    public const string QuotasChanged = "tenant.quotas_changed";
    public const string MemberRoleChanged = "member.role_changed";
    public const string MemberRemoved = "member.removed";
    public const string MemberAdded = "member.added";
    public const string SsoConfigured = "sso.configured";
    public const string SsoConfigurationChanged = "sso.configuration_changed";
    public const string SsoConfigurationRemoved = "sso.configuration_removed";
    public const string SsoEnabled = "sso.enabled";
    public const string SsoDisabled = "sso.disabled";
    public const string SsoDomainAdded = "sso.domain_added";
    public const string SsoDomainVerified = "sso.domain_verified";
    public const string SsoDomainRemoved = "sso.domain_removed";
    public const string SsoSignedIn = "sso.signed_in";
    public const string SsoIdentityLinked = "sso.identity_linked";
    public const string SsoIdentityUnlinked = "sso.identity_unlinked";
    public const string BreakGlassNamed = "break_glass.named";
    public const string BreakGlassConfirmed = "break_glass.confirmed";
    public const string BreakGlassRemoved = "break_glass.removed";
    public const string BreakGlassSignedIn = "break_glass.signed_in";
    public const string EventReplayed = "event.replayed";
    public const string EventSkipped = "event.skipped";
    public const string JobRunRequested = "job.run_requested";
    public const string JobPaused = "job.paused";
    public const string JobResumed = "job.resumed";
    public const string JobCancelRequested = "job.cancel_requested";
    public const string DocumentUploaded = "document.uploaded";
    public const string DocumentUpdated = "document.updated";
    public const string DocumentDeleted = "document.deleted";
    public const string DownloadLinkMade = "document.download_link_made";
    public const string FileMetadataChanged = "file.metadata_changed";
    public const string FileDeleted = "file.deleted";
    public const string FileObjectMissing = "file.object_missing";
    public const string DocumentVerified = "document.verified";
    public const string DocumentDamaged = "document.damaged";
}
