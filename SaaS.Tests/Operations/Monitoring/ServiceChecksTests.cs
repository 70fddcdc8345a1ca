using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SaaS.Core.Operations.Monitoring;

namespace SaaS.Tests.Operations.Monitoring;

/// <summary>Tests the reported result of a check, which must be safe to show.</summary>
public sealed class ServiceChecksTests
{
    [Fact]
    public async Task What_a_check_throws_is_not_told()
    {
        var check = await RunAsync(_ => throw new InvalidOperationException("Host=db;Password=open-sesame"));

        Assert.Equal((ServiceState.Down, "The check failed; the log says why"), (check.State, check.Detail));
    }

    [Fact]
    public async Task A_deadline_that_passed_is_told()
    {
        var check = await RunAsync(async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return HealthCheckResult.Healthy();
        });

        Assert.Equal((ServiceState.Down, "No answer within 0.05 s", 0.05), (check.State, check.Detail, check.DeadlineSeconds));
    }

    [Fact]
    public async Task An_engine_that_is_away_is_down_also_where_the_host_serves_on_without_it()
    {
        var away = await RunAsync(_ =>
            Task.FromResult(HealthCheckResult.Degraded("Redis does not answer", new TimeoutException("127.0.0.1:6379")))
        );
        var tired = await RunAsync(_ => Task.FromResult(HealthCheckResult.Degraded("There is work left")));

        Assert.Equal((ServiceState.Down, "Redis does not answer"), (away.State, away.Detail));
        Assert.Equal((ServiceState.Degraded, "There is work left"), (tired.State, tired.Detail));
    }

    private static async Task<ServiceCheck> RunAsync(Func<CancellationToken, Task<HealthCheckResult>> check)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddHealthChecks().AddAsyncCheck("one", check, timeout: TimeSpan.FromMilliseconds(50));
        services.AddSingleton<ServiceChecks>();
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<ServiceChecks>().RunAsync("one", TestContext.Current.CancellationToken);
    }
}
