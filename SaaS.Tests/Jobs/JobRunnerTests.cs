using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Scheduling;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Jobs;

/// <summary>Tests how the history records runs that do not succeed.</summary>
public sealed class JobRunnerTests(SaaSApp app)
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly string _name = $"test-{Path.GetRandomFileName()}";

    [Fact]
    public async Task A_job_that_throws_is_recorded_as_failed_with_the_reason()
    {
        var run = await RunAsync(new TestJob(_ => throw new InvalidOperationException("out of order")), Long);

        Assert.Equal((JobOutcome.Failed, "InvalidOperationException: out of order"), (run.Outcome, run.Result));
        Assert.NotNull(run.EndedAt);
    }

    [Fact]
    public async Task A_hanging_job_is_stopped_at_its_time_limit()
    {
        var run = await RunAsync(new TestJob(ct => Task.Delay(Timeout.Infinite, ct)), TimeSpan.FromMilliseconds(1));

        Assert.Equal((JobOutcome.Failed, "It took longer than 00:00:00.0010000"), (run.Outcome, run.Result));
    }

    [Fact]
    public async Task A_hanging_job_is_cancelled_by_an_operator()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var running = RunAsync(new TestJob(ct => Task.Delay(Timeout.Infinite, ct)), Long);
        await Eventually.HoldsAsync(
            () => app.InControlAsync(db => db.JobRuns.AnyAsync(run => run.Job == _name)),
            "the run is not in the history"
        );
        var runId = await app.InControlAsync(db => db.JobRuns.Where(run => run.Job == _name).Select(run => run.Id).SingleAsync());
        using var asked = await operator_.Http.PostAsync($"/api/admin/jobs/runs/{runId}/cancel", content: null);
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);

        var run = await running;
        Assert.Equal((JobOutcome.Cancelled, $"Cancelled by user:{operator_.Id}"), (run.Outcome, run.Result));
    }

    [Fact]
    public async Task A_run_stopped_by_the_scheduler_is_recorded_as_cancelled_and_rethrown()
    {
        using var stopping = new CancellationTokenSource();
        var job = new TestJob(async ct =>
        {
            await stopping.CancelAsync();
            await Task.Delay(Timeout.Infinite, ct);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(job, Long, stopping.Token));

        Assert.Equal(
            JobOutcome.Cancelled,
            await app.InControlAsync(db => db.JobRuns.Where(run => run.Job == _name).Select(run => run.Outcome).SingleAsync())
        );
    }

    [Fact]
    public async Task A_running_job_records_its_progress()
    {
        var held = new TaskCompletionSource();
        var job = new TestJob(_ => Task.CompletedTask)
        {
            Items = [1, 2, 3],
            Work = item =>
                item == 3 ? held.Task
                : item == 2 ? throw new InvalidOperationException()
                : Task.CompletedTask,
        };
        var running = RunAsync(job, Long);
        await Eventually.HoldsAsync(
            () => app.InControlAsync(db => db.JobRuns.AnyAsync(run => run.Job == _name && run.ItemsDone == 2 && run.ItemsTotal == 3)),
            "its row does not tell"
        );
        held.SetResult();

        var run = await running;
        Assert.Equal((JobOutcome.Succeeded, "1 failed", 3, 3), (run.Outcome, run.Result, run.ItemsDone, run.ItemsTotal));
    }

    [Fact]
    public async Task A_run_lost_with_its_host_is_marked_at_the_next_run()
    {
        var lost = new JobRun
        {
            Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
            Job = _name,
            Host = "gone",
            StartedAt = DateTimeOffset.UnixEpoch,
        };
        await app.InControlAsync(async db =>
        {
            db.JobRuns.Add(lost);
            return await db.SaveChangesAsync();
        });
        await RunAsync(new TestJob(_ => Task.CompletedTask), Long);

        Assert.Equal(
            JobOutcome.CutOff,
            await app.InControlAsync(db => db.JobRuns.Where(run => run.Id == lost.Id).Select(run => run.Outcome).SingleAsync())
        );
    }

    private async Task<JobRun> RunAsync(TestJob job, TimeSpan limit, CancellationToken ct = default)
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope
            .ServiceProvider.GetRequiredService<JobRunner>()
            .RunAsync(
                _name,
                job,
                new JobFiring("test", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Recovering: false, Request: null),
                new JobSettings(limit, PingUrl: null),
                ct
            );
        return await app.InControlAsync(db =>
            db.JobRuns.AsNoTracking().SingleAsync(run => run.Job == _name && run.Outcome != JobOutcome.CutOff)
        );
    }

    private sealed class TestJob(Func<CancellationToken, Task> run) : Job
    {
        public int[] Items { get; init; } = [];

        public Func<int, Task> Work { get; init; } = _ => Task.CompletedTask;

        public override async Task<string> RunAsync(CancellationToken ct)
        {
            await run(ct);
            return $"{await ForEachAsync(Items, Work, (_, _) => { }, ct)} failed";
        }
    }
}
