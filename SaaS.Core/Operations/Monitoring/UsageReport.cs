using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>The usage of a tenant on a day. It is kept when the tenant is erased.</summary>
internal sealed class UsageReport
{
    public required DateOnly Day { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>The number of members.</summary>
    public required int Members { get; init; }

    public required long Documents { get; init; }

    /// <summary>The size of stored content (bytes); identical content counts once.</summary>
    public required long StorageBytes { get; init; }

    public required DateTimeOffset ReportedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<UsageReport>
    {
        public void Configure(EntityTypeBuilder<UsageReport> builder)
        {
            builder.ToTable("usage_reports");
            builder.HasKey(report => new { report.Day, report.TenantId });
            builder.HasIndex(report => new
            {
                report.Day,
                report.StorageBytes,
                report.TenantId,
            });
        }
    }
}
