using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Jobs;

/// <summary>A run of a job in the history.</summary>
internal sealed class JobRun
{
    public required Guid Id { get; init; }

    public required string Job { get; init; }

    /// <summary>The host that runs it; empty until it starts.</summary>
    public required string Host { get; init; }

    /// <summary>The scheduled start; null if it is unknown.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>The start; until it starts, the time of the request.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public JobOutcome Outcome { get; init; } = JobOutcome.Running;

    /// <summary>The result or the error.</summary>
    public string? Result { get; init; }

    /// <summary>The actor that requested the run; null for a scheduled run.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>The trace id, for spans and log lines.</summary>
    public string? TraceId { get; init; }

    /// <summary>The number of processed items; null if the job does not count them.</summary>
    public int? ItemsDone { get; init; }

    /// <summary>The total number of items; null if the job does not count them.</summary>
    public int? ItemsTotal { get; init; }

    /// <summary>The actor that requested the cancellation.</summary>
    public string? CancelRequestedBy { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<JobRun>
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
            builder
                .HasIndex(run => new
                {
                    run.Job,
                    run.StartedAt,
                    run.Id,
                })
                .IsDescending(false, true, true);
            builder.HasIndex(run => new { run.StartedAt, run.Id }).IsDescending();
            builder
                .HasIndex(run => new
                {
                    run.Outcome,
                    run.StartedAt,
                    run.Id,
                })
                .IsDescending(false, true, true);
        }
    }
}

/// <summary>The state or outcome of a run.</summary>
public enum JobOutcome
{
    /// <summary>Requested by an operator and not started yet.</summary>
    Waiting,

    /// <summary>In progress.</summary>
    Running,

    /// <summary>Completed successfully.</summary>
    Succeeded,

    /// <summary>Failed or exceeded its time limit.</summary>
    Failed,

    /// <summary>Cancelled by an operator or by the shutdown of the host.</summary>
    Cancelled,

    /// <summary>Interrupted because the host crashed.</summary>
    CutOff,
}
