using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>
/// An admin who can sign in to an SSO tenant even when its provider fails, with the account's password and a one-time password (RFC 6238)
/// from an authenticator app.
/// </summary>
internal sealed class BreakGlassAdmin
{
    /// <summary>The encryption purpose of the authenticator's secret.</summary>
    public const string SecretPurpose = "break-glass";

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    public required string EncryptedSecret { get; set; }

    /// <summary>The time when a first one-time password proved that the authenticator has the secret; null until then.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>The time step of the last accepted one-time password; no password is accepted twice.</summary>
    public long LastStep { get; set; }

    /// <summary>Failed attempts since <see cref="WrongSince"/>; an attempt is counted before it is verified.</summary>
    public int Wrong { get; set; }

    public DateTimeOffset WrongSince { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<BreakGlassAdmin>
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
