using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Accounts;
using SaaS.Core.Tenants;

namespace SaaS.Core.Sso;

/// <summary>
/// That an account is a person of a tenant's directory. Who it is, is said by the directory's and the person's ids, which
/// never change, and by nothing else that the directory says.
/// </summary>
internal sealed class SsoIdentity
{
    /// <summary>What tokens of the provider are sealed for.</summary>
    public const string TokenPurpose = "sso-tokens";

    public const int TextMaxLength = 255;

    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The directory (claim <c>tid</c>).</summary>
    public required Guid DirectoryId { get; init; }

    /// <summary>The person in it (claim <c>oid</c>).</summary>
    public required Guid ObjectId { get; init; }

    /// <summary>The address that the directory gave at the last sign-in; rules about addresses are asked with it.</summary>
    public EmailAddress? Email { get; set; }

    public string? Upn { get; set; }

    public string? DisplayName { get; set; }

    public string? JobTitle { get; set; }

    public string? Department { get; set; }

    public string? Company { get; set; }

    public string? SealedAccessToken { get; set; }

    public string? SealedRefreshToken { get; set; }

    public DateTimeOffset? TokenExpiresAt { get; set; }

    public DateTimeOffset? RefreshTokenExpiresAt { get; set; }

    /// <summary>When the job may try again whose last try failed.</summary>
    public DateTimeOffset? RetryRefreshAt { get; set; }

    /// <summary>How many tries to renew have failed in a row.</summary>
    public int RefreshFailures { get; set; }

    /// <summary>When the directory last vouched for the person or said something of them.</summary>
    public required DateTimeOffset LastSyncAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The person in one word, for where nothing is known of directories.</summary>
    public static string SubjectOf(Guid directoryId, Guid objectId) => $"{directoryId}/{objectId}";

    public void ForgetTokens()
    {
        (SealedAccessToken, SealedRefreshToken, TokenExpiresAt, RefreshTokenExpiresAt, RetryRefreshAt, RefreshFailures) = (null, null, null, null, null, 0);
    }

    /// <summary>The same for many at once.</summary>
    public static Task<int> ForgetTokensAsync(IQueryable<SsoIdentity> identities, CancellationToken ct) =>
        identities.ExecuteUpdateAsync(set => set
            .SetProperty(identity => identity.SealedAccessToken, (string?)null)
            .SetProperty(identity => identity.SealedRefreshToken, (string?)null)
            .SetProperty(identity => identity.TokenExpiresAt, (DateTimeOffset?)null)
            .SetProperty(identity => identity.RefreshTokenExpiresAt, (DateTimeOffset?)null)
            .SetProperty(identity => identity.RetryRefreshAt, (DateTimeOffset?)null)
            .SetProperty(identity => identity.RefreshFailures, 0), ct);

    /// <summary>Those whose token is good, or can be renewed.</summary>
    public static IQueryable<SsoIdentity> WithGoodToken(IQueryable<SsoIdentity> identities, DateTimeOffset now) =>
        identities.Where(identity => identity.TokenExpiresAt > now || (identity.SealedRefreshToken != null && identity.RefreshTokenExpiresAt > now));

    internal sealed class Mapping : IEntityTypeConfiguration<SsoIdentity>
    {
        public void Configure(EntityTypeBuilder<SsoIdentity> builder)
        {
            builder.ToTable("sso_identities");
            builder.Property(identity => identity.Id).ValueGeneratedNever();
            builder.Property(identity => identity.Upn).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.DisplayName).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.JobTitle).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.Department).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.Company).HasMaxLength(TextMaxLength);
            builder.HasOne<User>().WithMany().HasForeignKey(identity => identity.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(identity => identity.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(identity => new { identity.TenantId, identity.DirectoryId, identity.ObjectId }).IsUnique();
            builder.HasIndex(identity => new { identity.UserId, identity.TenantId }).IsUnique();
            builder.HasIndex(identity => new { identity.UserId, identity.CreatedAt, identity.TenantId });
            builder.HasIndex(identity => identity.TokenExpiresAt).HasFilter("sealed_refresh_token IS NOT NULL");
        }
    }
}
