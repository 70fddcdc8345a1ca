using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Jobs;

/// <summary>
/// Tests jobs across daylight saving changes. It has its own backing services, because a scheduler with a future clock makes up for every
/// job's missed runs.
/// </summary>
public sealed class DaylightSavingTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Job = "repair-provisioning";

    // Berlin: on 28 March 2027 there is no 02:30 (the job runs at 03:00), on 31 October 2027 there are two (it runs at the first). Each day
    // has exactly one run.
    [Theory]
    [InlineData("0 30 2 * * ?", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z")]
    // A different schedule, because the store would otherwise keep the first one.
    [InlineData("1 30 2 * * ?", "2027-10-30T12:00:00Z", "2027-10-31T00:30:01Z", "2027-11-01T01:30:01Z")]
    public async Task A_job_in_a_time_zone_runs_daily_across_clock_changes(string cron, string start, string first, string second)
    {
        var clock = new ShiftedClock { Ahead = At(start) - TimeProvider.System.GetUtcNow() };
        await using var scheduler = cluster.NewScheduler(
            clock,
            new Dictionary<string, string?> { [$"Jobs:{Job}:Cron"] = cron, [$"Jobs:{Job}:TimeZone"] = "Europe/Berlin" }
        );
        scheduler.Start();
        using var http = scheduler.NewClient();
        await Eventually.HoldsAsync(
            async () => (await http.GetAsync("/health/ready")).StatusCode is HttpStatusCode.OK,
            "the scheduler does not become ready"
        );
        Assert.Equal(At(first), await NextAsync());

        clock.Ahead += At(first) - At(start);
        await Eventually.HoldsAsync(async () => await CountThatDayAsync() == 1, "the job does not run when its time has come");
        Assert.Equal(At(second), await NextAsync());
        Assert.Equal(1, await CountThatDayAsync());

        async Task<int> CountThatDayAsync()
        {
            await using var scope = cluster.Services.CreateAsyncScope();
            return await scope
                .ServiceProvider.GetRequiredService<ControlDbContext>()
                .JobRuns.CountAsync(run => run.Job == Job && run.StartedAt > At(start) && run.StartedAt < At(second));
        }
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    private async Task<DateTimeOffset?> NextAsync() =>
        (await cluster.Services.GetRequiredService<JobControl>().ListAsync(CancellationToken.None))[Job].NextFireAt;
}
