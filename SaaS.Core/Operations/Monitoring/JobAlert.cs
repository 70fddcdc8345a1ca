using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>An alert about a job that fails or is overdue.</summary>
internal sealed class JobAlert
{
    public required Guid Id { get; init; }

    public required string Job { get; init; }

    public required JobAlertKind Kind { get; init; }

    /// <summary>The start of the problem: the first failed run or the missed scheduled time.</summary>
    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>The error of the last run; null if there is none.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<JobAlert>
    {
        /// <summary>The index that allows one open alert per job and kind, so that only one of several workers raises it.</summary>
        public const string OneOpen = "ix_job_alerts_one_open";

        public void Configure(EntityTypeBuilder<JobAlert> builder)
        {
            builder.ToTable("job_alerts");
            builder.Property(alert => alert.Id).ValueGeneratedNever();
            builder.Property(alert => alert.Job).HasMaxLength(100);
            builder.Property(alert => alert.Kind).HasConversion<string>().HasMaxLength(20);
            builder.HasIndex(alert => new { alert.Job, alert.Kind }).IsUnique().HasFilter("ended_at IS NULL").HasDatabaseName(OneOpen);
            builder.HasIndex(alert => alert.RaisedAt).IsDescending();
        }
    }
}

/// <summary>The kind of an alert.</summary>
public enum JobAlertKind
{
    /// <summary>Several consecutive runs failed.</summary>
    Failing,

    /// <summary>A scheduled run was not started in time.</summary>
    Overdue,
}
