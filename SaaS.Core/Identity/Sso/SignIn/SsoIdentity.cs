using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// A link between an account and a user of a tenant's directory. Only the ids of directory and user identify the user, because they never
/// change.
/// </summary>
internal sealed class SsoIdentity
{
    /// <summary>The encryption purpose of provider tokens.</summary>
    public const string TokenPurpose = "sso-tokens";

    public const int TextMaxLength = 255;

    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The directory's id (claim <c>tid</c>).</summary>
    public required Guid DirectoryId { get; init; }

    /// <summary>The user's id in the directory (claim <c>oid</c>).</summary>
    public required Guid ObjectId { get; init; }

    /// <summary>The e-mail address at the last sign-in; the domain rules are applied to it.</summary>
    public EmailAddress? Email { get; set; }

    public string? Upn { get; set; }

    public string? DisplayName { get; set; }

    public string? JobTitle { get; set; }

    public string? Department { get; set; }

    public string? Company { get; set; }

    public string? EncryptedAccessToken { get; set; }

    public string? EncryptedRefreshToken { get; set; }

    public DateTimeOffset? TokenExpiresAt { get; set; }

    public DateTimeOffset? RefreshTokenExpiresAt { get; set; }

    /// <summary>The time when the job may retry after a failed refresh.</summary>
    public DateTimeOffset? RetryRefreshAt { get; set; }

    /// <summary>Number of consecutive failed refreshes.</summary>
    public int RefreshFailures { get; set; }

    /// <summary>The time when the directory last authenticated or described the user.</summary>
    public required DateTimeOffset LastSyncAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Returns a string that identifies the user for code that knows nothing of directories.</summary>
    public static string SubjectOf(Guid directoryId, Guid objectId) => $"{directoryId}/{objectId}";

    public void DeleteTokens()
    {
        (EncryptedAccessToken, EncryptedRefreshToken, TokenExpiresAt, RefreshTokenExpiresAt, RetryRefreshAt, RefreshFailures) = (
            null,
            null,
            null,
            null,
            null,
            0
        );
    }

    /// <summary>Deletes the tokens of many identities at once.</summary>
    public static Task<int> DeleteTokensAsync(IQueryable<SsoIdentity> identities, CancellationToken ct) =>
        identities.ExecuteUpdateAsync(
            set =>
                set.SetProperty(identity => identity.EncryptedAccessToken, (string?)null)
                    .SetProperty(identity => identity.EncryptedRefreshToken, (string?)null)
                    .SetProperty(identity => identity.TokenExpiresAt, (DateTimeOffset?)null)
                    .SetProperty(identity => identity.RefreshTokenExpiresAt, (DateTimeOffset?)null)
                    .SetProperty(identity => identity.RetryRefreshAt, (DateTimeOffset?)null)
                    .SetProperty(identity => identity.RefreshFailures, 0),
            ct
        );

    /// <summary>Filters the identities whose token is valid or can be refreshed.</summary>
    public static IQueryable<SsoIdentity> WhereTokenUsable(IQueryable<SsoIdentity> identities, DateTimeOffset now) =>
        WithTokenState(identities, now).Where(row => row.IsTokenUsable).Select(row => row.Identity);

    /// <summary>Adds the token state to each identity, without a second look-up of the identity.</summary>
    public static IQueryable<TokenState> WithTokenState(IQueryable<SsoIdentity> identities, DateTimeOffset now) =>
        identities.Select(identity => new TokenState
        {
            Identity = identity,
            IsTokenUsable =
                identity.TokenExpiresAt > now || (identity.EncryptedRefreshToken != null && identity.RefreshTokenExpiresAt > now),
        });

    /// <summary>An identity and the state of its token.</summary>
    internal sealed class TokenState
    {
        public required SsoIdentity Identity { get; init; }

        /// <summary>True when the token is valid or can be refreshed.</summary>
        public required bool IsTokenUsable { get; init; }
    }

    internal sealed class Mapping : IControlEntityConfiguration<SsoIdentity>
    {
        public void Configure(EntityTypeBuilder<SsoIdentity> builder)
        {
            builder.ToTable("sso_identities");
            builder.Property(identity => identity.Email).HasEmailAddress();
            builder.Property(identity => identity.Id).ValueGeneratedNever();
            builder.Property(identity => identity.Upn).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.DisplayName).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.JobTitle).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.Department).HasMaxLength(TextMaxLength);
            builder.Property(identity => identity.Company).HasMaxLength(TextMaxLength);
            builder.HasOne<User>().WithMany().HasForeignKey(identity => identity.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(identity => identity.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder
                .HasIndex(identity => new
                {
                    identity.TenantId,
                    identity.DirectoryId,
                    identity.ObjectId,
                })
                .IsUnique();
            builder.HasIndex(identity => new { identity.UserId, identity.TenantId }).IsUnique();
            builder.HasIndex(identity => new
            {
                identity.UserId,
                identity.CreatedAt,
                identity.TenantId,
            });
            builder.HasIndex(identity => identity.TokenExpiresAt).HasFilter("encrypted_refresh_token IS NOT NULL");
        }
    }
}
