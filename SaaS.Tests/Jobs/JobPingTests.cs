using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaaS.Core.Jobs;
using SaaS.Infrastructure.Scheduling;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Jobs;

/// <summary>Tests the pings that a cron monitor receives.</summary>
public sealed class JobPingTests(SaaSApp app)
{
    [Fact]
    public async Task A_monitor_is_pinged_for_each_run_and_its_failures_are_ignored()
    {
        ConcurrentQueue<string> heard = [];
        await using var monitor = await StartAsync(heard);
        var check = new Uri($"{monitor.Urls.Single()}/ping/01a2");
        using var pings = ActivatorUtilities.CreateInstance<JobPings>(app.Services);
        await pings.StartAsync(TestContext.Current.CancellationToken);

        await RunAsync(pings, check, new Doing(() => Task.FromResult("done")));
        await RunAsync(pings, check, new Doing(() => throw new InvalidOperationException("out of order")));
        await RunAsync(pings, new Uri("http://127.0.0.1:9/nobody"), new Doing(() => Task.FromResult("done")));
        await RunAsync(pings, check: null, new Doing(() => Task.FromResult("done")));
        await RunAsync(pings, new Uri($"{check}?create=1"), new Doing(() => Task.FromResult("done")));
        await pings.StopAsync(TestContext.Current.CancellationToken); // pending pings are sent before the host stops

        Assert.Equal(
            [
                "POST /ping/01a2/start",
                "POST /ping/01a2",
                "POST /ping/01a2/start",
                "POST /ping/01a2/fail",
                "POST /ping/01a2/start?create=1",
                "POST /ping/01a2?create=1",
            ],
            heard
        );
    }

    private async Task RunAsync(JobPings pings, Uri? check, Job job)
    {
        await using var scope = app.Services.CreateAsyncScope();
        await ActivatorUtilities
            .CreateInstance<JobRunner>(scope.ServiceProvider, pings)
            .RunAsync(
                $"test-{Path.GetRandomFileName()}",
                job,
                new JobFiring("test", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Recovering: false, Request: null),
                new JobSettings(TimeSpan.FromHours(1), check),
                TestContext.Current.CancellationToken
            );
    }

    private static async Task<WebApplication> StartAsync(ConcurrentQueue<string> heard)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var monitor = builder.Build();
        monitor.Urls.Add("http://127.0.0.1:0");
        monitor.Run(http =>
        {
            heard.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
            return Task.CompletedTask;
        });
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        return monitor;
    }

    private sealed class Doing(Func<Task<string>> work) : Job
    {
        public override Task<string> RunAsync(CancellationToken ct) => work();
    }
}
