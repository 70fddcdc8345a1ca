using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Jobs;

/// <summary>Tests jobs when several schedulers run, or when a scheduler is killed or unavailable.</summary>
public sealed class SchedulerTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    // A frequent job, whose runs show that a scheduler is working.
    private const string Lively = "repair-provisioning";

    private static readonly Dictionary<string, string?> EachSecond = new() { [$"Jobs:{Lively}:Cron"] = "* * * * * ?" };

    private JobControl Control => cluster.Services.GetRequiredService<JobControl>();

    [Fact]
    public async Task Two_schedulers_run_each_trigger_once()
    {
        // A scheduler of an earlier test may have stopped during a run: that run is repeated, with its original time.
        var begin = TimeProvider.System.GetUtcNow();
        var starting = new[] { cluster.StartSchedulerProcessAsync(EachSecond), cluster.StartSchedulerProcessAsync(EachSecond) };
        await using var one = await starting[0];
        await using var other = await starting[1];
        await Eventually.HoldsAsync(async () => (await ScheduledAsync()).Count >= 12, "the job does not run");

        var scheduled = await ScheduledAsync();
        Assert.Equal(scheduled.Distinct(), scheduled);

        Task<List<DateTimeOffset?>> ScheduledAsync() =>
            InControlAsync(db =>
                db.JobRuns.Where(run => run.Job == Lively && run.ScheduledAt >= begin)
                    .OrderBy(run => run.ScheduledAt)
                    .Select(run => run.ScheduledAt)
                    .ToListAsync()
            );
    }

    [Fact]
    public async Task A_job_of_a_killed_scheduler_is_run_again_by_another()
    {
        const string Job = "purge-sessions";
        await using var obstacle = await cluster.OpenAsync("saas_platform");
        using (var killed = await cluster.StartSchedulerProcessAsync())
        {
            await OwnCluster.ExecuteAsync(obstacle, "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
            Assert.True(
                await Control.RunAsync(
                    Job,
                    new JobRequest(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), "test"),
                    CancellationToken.None
                )
            );
            await Eventually.HoldsAsync(async () => await OutcomesAsync(Job) is [JobOutcome.Running], "the job does not begin");
            killed.Kill();
        }

        await OwnCluster.ExecuteAsync(obstacle, "ROLLBACK");
        await using var successor = await cluster.StartSchedulerProcessAsync();
        await Eventually.HoldsAsync(
            async () => await OutcomesAsync(Job) is [JobOutcome.CutOff, JobOutcome.Succeeded],
            "nobody takes over",
            TimeSpan.FromMinutes(2)
        );
    }

    [Fact]
    public async Task A_missed_trigger_fires_once_after_a_restart()
    {
        const string Job = "purge-mailed-links";
        await using (await cluster.StartSchedulerProcessAsync()) { }

        await FallDueAsync(Job, daysAgo: 3);
        await using var scheduler = await cluster.StartSchedulerProcessAsync();
        await Eventually.HoldsAsync(async () => await OutcomesAsync(Job) is [JobOutcome.Succeeded], "it is not made up for");
        Assert.True((await Control.ListAsync(CancellationToken.None))[Job].NextFireAt > TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task A_scheduler_started_without_its_store_is_unready_until_it_connects()
    {
        await using var proxy = CutOff(out var settings);
        await using var scheduler = cluster.NewScheduler(TimeProvider.System, settings);
        scheduler.Start();
        using var http = scheduler.NewClient();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health/ready")).StatusCode);

        var before = await CountAsync(Lively);
        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(async () => await CountAsync(Lively) > before, "it does not fire");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task Jobs_can_be_listed_after_the_store_was_unreachable()
    {
        await using var proxy = CutOff(out var settings);
        await using var api = cluster.NewApi(settings);
        api.Start();
        var control = api.Services.GetRequiredService<JobControl>();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => control.ListAsync(CancellationToken.None));

        proxy.SetFault(Fault.None);
        Assert.NotNull(await control.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_job_list_does_not_affect_concurrent_ones()
    {
        await using var api = cluster.NewApi(new Dictionary<string, string?>());
        api.Start();
        var control = api.Services.GetRequiredService<JobControl>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => control.ListAsync(new CancellationToken(canceled: true)));

        var lists = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => control.ListAsync(CancellationToken.None)));
        Assert.All(lists, Assert.NotNull);
    }

    [Fact]
    public async Task A_requested_run_is_shown_as_waiting_and_can_be_cancelled()
    {
        const string Job = "purge-job-runs"; // no other test of this class waits for it
        await using (await cluster.StartSchedulerProcessAsync()) { }

        // No scheduler is running.
        using var operator_ = await cluster.NewOperatorAsync();
        var cancelled = await AskForAsync();
        using (var cancel = await operator_.PostAsync($"/api/admin/jobs/runs/{cancelled}/cancel", content: null))
        {
            Assert.Equal(HttpStatusCode.OK, cancel.StatusCode);
        }

        var wanted = await AskForAsync();
        await using var scheduler = await cluster.StartSchedulerProcessAsync();
        await Eventually.HoldsAsync(async () => await OutcomeAsync(wanted) == "succeeded", "the run does not begin");
        Assert.Equal("cancelled", await OutcomeAsync(cancelled));

        async Task<Guid> AskForAsync()
        {
            using var asked = await operator_.PostAsync($"/api/admin/jobs/{Job}/run", content: null);
            var runId = (await asked.ReadDataAsync(HttpStatusCode.Accepted)).GetProperty("run_id").GetGuid();
            Assert.Equal($"/api/admin/jobs/runs/{runId}", asked.Headers.Location?.OriginalString);
            Assert.Equal("waiting", await OutcomeAsync(runId));
            return runId;
        }

        async Task<string?> OutcomeAsync(Guid runId)
        {
            using var run = await operator_.GetAsync($"/api/admin/jobs/runs/{runId}");
            return (await run.ReadDataAsync()).GetProperty("outcome").GetString();
        }
    }

    [Fact]
    public async Task A_pause_outlives_a_restart()
    {
        const string Job = "purge-consumed-events";
        await using (await cluster.StartSchedulerProcessAsync())
        {
            await Control.PauseAsync(Job, CancellationToken.None);
        }

        await FallDueAsync(Job, daysAgo: 1);
        await using var scheduler = await cluster.StartSchedulerProcessAsync(EachSecond);
        var before = await CountAsync(Lively);
        await Eventually.HoldsAsync(async () => await CountAsync(Lively) > before + 2, "the scheduler is not at work");
        Assert.Empty(await OutcomesAsync(Job));
        Assert.True((await Control.ListAsync(CancellationToken.None))[Job].IsPaused);

        await Control.ResumeAsync(Job, CancellationToken.None);
        await Eventually.HoldsAsync(
            async () => await OutcomesAsync(Job) is [JobOutcome.Succeeded],
            "it does not follow its schedule again"
        );
    }

    [Theory]
    [InlineData("https", "max-age=31536000; includeSubDomains")]
    [InlineData("http", null)]
    public async Task Outside_development_the_scheduler_pages_enable_HSTS_over_HTTPS(string scheme, string? expected)
    {
        await using var scheduler = await cluster.StartSchedulerProcessAsync(
            new Dictionary<string, string?>
            {
                ["DOTNET_ENVIRONMENT"] = "Production",
                ["Mail:AllowFolderOutsideDevelopment"] = "true",
                ["ForwardedHeaders:KnownNetworks:0"] = "127.0.0.0/8",
            }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/jobs/sign-in")
        {
            Headers = { { "X-Forwarded-Proto", scheme }, { "X-Forwarded-For", "192.0.2.1" } },
        };
        using var page = await scheduler.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(expected, page.Headers.TryGetValues("Strict-Transport-Security", out var said) ? said.Single() : null);
    }

    // No connection reaches PostgreSQL before the proxy is opened.
    private FaultProxy CutOff(out Dictionary<string, string?> settings)
    {
        var direct = new NpgsqlConnectionStringBuilder(cluster.Setting("ConnectionStrings:saas-platform"));
        var proxy = FaultProxy.To(direct.Port);
        proxy.SetFault(Fault.Cut);
        settings = new(EachSecond)
        {
            ["ConnectionStrings:saas-platform"] = new NpgsqlConnectionStringBuilder(direct.ConnectionString)
            {
                Port = proxy.Port,
            }.ConnectionString,
        };
        return proxy;
    }

    // Backdates the next run by this number of days and one.
    private Task FallDueAsync(string job, int daysAgo) =>
        cluster.InDatabaseAsync(
            "saas_platform",
            $"UPDATE qrtz_triggers SET next_fire_time = next_fire_time - {(daysAgo + 1) * TimeSpan.TicksPerDay} WHERE trigger_name = '{job}'"
        );

    private Task<int> CountAsync(string job) => InControlAsync(db => db.JobRuns.CountAsync(run => run.Job == job));

    private Task<List<JobOutcome>> OutcomesAsync(string job) =>
        InControlAsync(db =>
            db.JobRuns.Where(run => run.Job == job).OrderBy(run => run.StartedAt).Select(run => run.Outcome).ToListAsync()
        );

    private async Task<T> InControlAsync<T>(Func<ControlDbContext, Task<T>> look)
    {
        await using var scope = cluster.Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<ControlDbContext>());
    }
}
