using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>That something is wrong with a job: from when it was noticed until it was well again.</summary>
internal sealed class JobAlert
{
    public required Guid Id { get; init; }

    public required string Job { get; init; }

    public required JobAlertKind Kind { get; init; }

    /// <summary>When it became wrong: when the first run failed, or when the job should have begun.</summary>
    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>What the last run said; null where none did.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<JobAlert>
    {
        /// <summary>One at a time of each kind: of two workers that notice it, one tells.</summary>
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

/// <summary>What is wrong with a job.</summary>
public enum JobAlertKind
{
    /// <summary>Several runs in a row did not end well.</summary>
    Failing,

    /// <summary>Its time has come, and no scheduler has begun.</summary>
    Overdue,
}
