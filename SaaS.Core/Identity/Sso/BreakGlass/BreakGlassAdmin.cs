using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>
/// An admin who gets into a tenant of single sign-on also when its provider fails: with the account's password and a one-time
/// password (RFC 6238) from an authenticator app.
/// </summary>
internal sealed class BreakGlassAdmin
{
    /// <summary>What the authenticator's secret is sealed for.</summary>
    public const string SecretPurpose = "break-glass";

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    public required string EncryptedSecret { get; set; }

    /// <summary>When a first one-time password showed that the authenticator has the secret; null while none has.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>The time step of the last one-time password that was taken: none is taken twice.</summary>
    public long LastStep { get; set; }

    /// <summary>Tries since <see cref="WrongSince"/>; counted before they are checked.</summary>
    public int Wrong { get; set; }

    public DateTimeOffset WrongSince { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<BreakGlassAdmin>
    {
        public void Configure(EntityTypeBuilder<BreakGlassAdmin> builder)
        {
            builder.ToTable("break_glass_admins");
            builder.HasKey(admin => new { admin.TenantId, admin.UserId });
            builder.HasOne<User>().WithMany().HasForeignKey(admin => admin.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(admin => admin.TenantId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
