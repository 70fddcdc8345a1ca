using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sso;

/// <summary>An event of single sign-on in a tenant, recorded for its statistics.</summary>
internal sealed class SsoActivity
{
    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    public required SsoActivityKind Kind { get; init; }

    /// <summary>The problem code of a failure.</summary>
    public string? Reason { get; init; }

    /// <summary>The account; null when it is unknown.</summary>
    public Guid? UserId { get; init; }

    public static SsoActivity Create(Guid tenantId, SsoActivityKind kind, Guid? userId, DateTimeOffset now, string? reason = null) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            TenantId = tenantId,
            OccurredAt = now,
            Kind = kind,
            UserId = userId,
            Reason = reason,
        };

    internal sealed class Mapping : IControlEntityConfiguration<SsoActivity>
    {
        public void Configure(EntityTypeBuilder<SsoActivity> builder)
        {
            builder.ToTable("sso_activities");
            builder.Property(activity => activity.Id).ValueGeneratedNever();
            builder.Property(activity => activity.Kind).HasConversion<string>().HasMaxLength(20);
            builder.Property(activity => activity.Reason).HasMaxLength(50);
            builder.HasOne<Tenant>().WithMany().HasForeignKey(activity => activity.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(activity => new { activity.TenantId, activity.OccurredAt });
            builder.HasIndex(activity => activity.OccurredAt);
        }
    }
}

internal enum SsoActivityKind
{
    /// <summary>A user signed in.</summary>
    SignedIn,

    /// <summary>A sign-in was rejected, by the provider or by this service.</summary>
    Refused,

    /// <summary>An account was created by a sign-in.</summary>
    Provisioned,

    /// <summary>Provider tokens were refreshed.</summary>
    Refreshed,

    /// <summary>The provider rejected a refresh.</summary>
    RefreshRefused,
}
