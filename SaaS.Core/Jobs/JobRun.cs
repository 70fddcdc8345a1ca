using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Jobs;

/// <summary>One run of a job, as the history keeps it.</summary>
internal sealed class JobRun
{
    public required Guid Id { get; init; }

    public required string Job { get; init; }

    /// <summary>Empty until it begins.</summary>
    public required string Host { get; init; }

    /// <summary>When it should have begun; null for runs of before this was noted.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>When it began; until then, when it was asked for.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public JobOutcome Outcome { get; init; } = JobOutcome.Running;

    /// <summary>What it did, or why it failed.</summary>
    public string? Result { get; init; }

    /// <summary>Who wanted it now; null when it came on schedule.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>Under which its spans and log lines are found.</summary>
    public string? TraceId { get; init; }

    /// <summary>How many of its items are dealt with; null for a job that does not count.</summary>
    public int? ItemsDone { get; init; }

    /// <summary>How many items there are.</summary>
    public int? ItemsTotal { get; init; }

    /// <summary>Who wants it to stop.</summary>
    public string? CancelRequestedBy { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<JobRun>
    {
        public void Configure(EntityTypeBuilder<JobRun> builder)
        {
            builder.ToTable("job_runs");
            builder.Property(run => run.Id).ValueGeneratedNever();
            builder.Property(run => run.Job).HasMaxLength(100);
            builder.Property(run => run.Host).HasMaxLength(255);
            builder.Property(run => run.RequestedBy).HasMaxLength(100);
            builder.Property(run => run.TraceId).HasMaxLength(32);
            builder.Property(run => run.CancelRequestedBy).HasMaxLength(100);
            builder.Property(run => run.Outcome).HasConversion<string>().HasMaxLength(20);
            builder.HasIndex(run => new { run.Job, run.StartedAt, run.Id }).IsDescending(false, true, true);
            builder.HasIndex(run => new { run.StartedAt, run.Id }).IsDescending();
            builder.HasIndex(run => new { run.Outcome, run.StartedAt, run.Id }).IsDescending(false, true, true);
        }
    }
}

/// <summary>How a run of a job goes, or went.</summary>
public enum JobOutcome
{
    /// <summary>An operator wants it, and no scheduler has begun.</summary>
    Waiting,

    /// <summary>It is at work.</summary>
    Running,

    /// <summary>It did what it had to.</summary>
    Succeeded,

    /// <summary>It could not, or took too long.</summary>
    Failed,

    /// <summary>The host was stopping, or an operator wanted it to stop.</summary>
    Cancelled,

    /// <summary>The host ended without a word.</summary>
    CutOff,
}
