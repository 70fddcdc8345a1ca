using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>
/// The pending-tenant marker in the control database: the tenant's outbox may hold messages, so the relay polls only tenants that write.
/// It is set before the tenant's transaction commits, so that a crash cannot lose it.
/// </summary>
internal sealed class PendingTenant
{
    public required Guid TenantId { get; init; }

    public required DateTimeOffset MarkedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<PendingTenant>
    {
        public void Configure(EntityTypeBuilder<PendingTenant> builder)
        {
            builder.ToTable("pending_tenants");
            builder.HasKey(pending => pending.TenantId);
            builder.Property(pending => pending.TenantId).ValueGeneratedNever();
        }
    }
}
