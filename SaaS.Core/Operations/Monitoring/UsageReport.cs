using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>How much a tenant had on a day. It outlives the tenant: what was used stays countable.</summary>
internal sealed class UsageReport
{
    public required DateOnly Day { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>Accounts that may act in it.</summary>
    public required int Members { get; init; }

    public required long Documents { get; init; }

    /// <summary>Bytes of stored content, each content once.</summary>
    public required long StorageBytes { get; init; }

    public required DateTimeOffset ReportedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<UsageReport>
    {
        public void Configure(EntityTypeBuilder<UsageReport> builder)
        {
            builder.ToTable("usage_reports");
            builder.HasKey(report => new { report.Day, report.TenantId });
            builder.HasIndex(report => new { report.Day, report.StorageBytes, report.TenantId });
        }
    }
}
