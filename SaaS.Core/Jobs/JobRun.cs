using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Jobs;

/// <summary>One run of a job, as the history keeps it.</summary>
internal sealed class JobRun
{
    public required Guid Id { get; init; }

    public required string Job { get; init; }

    public required string Host { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; private set; }

    public JobOutcome Outcome { get; private set; } = JobOutcome.Running;

    /// <summary>What it did, or why it failed.</summary>
    public string? Result { get; private set; }

    public void End(JobOutcome outcome, string result, DateTimeOffset at)
    {
        (Outcome, Result, EndedAt) = (outcome, result, at);
    }

    internal sealed class Mapping : IEntityTypeConfiguration<JobRun>
    {
        public void Configure(EntityTypeBuilder<JobRun> builder)
        {
            builder.ToTable("job_runs");
            builder.Property(run => run.Id).ValueGeneratedNever();
            builder.Property(run => run.Job).HasMaxLength(100);
            builder.Property(run => run.Host).HasMaxLength(255);
            builder.Property(run => run.Outcome).HasConversion<string>().HasMaxLength(20);
            builder.HasIndex(run => new { run.Job, run.StartedAt }).IsDescending(false, true);
        }
    }
}

internal enum JobOutcome
{
    Running,
    Succeeded,
    Failed,

    /// <summary>The host was stopping.</summary>
    Cancelled,

    /// <summary>The host ended without a word.</summary>
    CutOff,
}
