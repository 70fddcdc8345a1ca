using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Messaging;

/// <summary>
/// The hint, in the control database, that a tenant's outbox may hold something: with it the relay's work follows the
/// tenants that write, not the tenants that exist. It is set before the tenant's transaction commits, so that no crash
/// can come between, and taken away once it is older than any transaction and the outbox was found empty.
/// </summary>
internal sealed class PendingTenant
{
    public required Guid TenantId { get; init; }

    public required DateTimeOffset MarkedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<PendingTenant>
    {
        public void Configure(EntityTypeBuilder<PendingTenant> builder)
        {
            builder.ToTable("pending_tenants");
            builder.HasKey(pending => pending.TenantId);
            builder.Property(pending => pending.TenantId).ValueGeneratedNever();
        }
    }
}
