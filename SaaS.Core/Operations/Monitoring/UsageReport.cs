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

/// <summary>The usage of all tenants on a day. A page of reports shows it, and must not sum as many rows as there are tenants.</summary>
internal sealed class UsageTotal
{
    public required DateOnly Day { get; init; }

    /// <summary>The number of reported tenants.</summary>
    public required int Tenants { get; init; }

    /// <summary>The number of memberships.</summary>
    public required long Members { get; init; }

    public required long Documents { get; init; }

    /// <summary>The size of stored content (bytes).</summary>
    public required long StorageBytes { get; init; }

    /// <summary>Stores the sums of the day's reports; a repeated call overwrites them.</summary>
    public static Task StoreAsync(ControlDbContext db, DateOnly day, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO usage_totals (day, tenants, members, documents, storage_bytes)
            SELECT day, count(*), sum(members), sum(documents), sum(storage_bytes) FROM usage_reports WHERE day = {day} GROUP BY day
            ON CONFLICT (day) DO UPDATE
            SET tenants = excluded.tenants, members = excluded.members, documents = excluded.documents, storage_bytes = excluded.storage_bytes
            """,
            ct
        );

    internal sealed class Mapping : IControlEntityConfiguration<UsageTotal>
    {
        public void Configure(EntityTypeBuilder<UsageTotal> builder)
        {
            builder.ToTable("usage_totals");
            builder.HasKey(total => total.Day);
        }
    }
}
