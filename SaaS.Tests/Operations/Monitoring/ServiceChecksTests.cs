using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SaaS.Core.Operations.Monitoring;

namespace SaaS.Tests.Operations.Monitoring;

/// <summary>Tests the reported result of a check, which must be safe to show.</summary>
public sealed class ServiceChecksTests
{
    [Fact]
    public async Task The_exception_of_a_check_is_not_revealed()
    {
        var check = await RunAsync(_ => throw new InvalidOperationException("Host=db;Password=open-sesame"));

        Assert.Equal((ServiceState.Down, "The check failed; the log says why"), (check.State, check.Detail));
    }

    [Fact]
    public async Task A_missed_deadline_is_reported()
    {
        var check = await RunAsync(async ct =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return HealthCheckResult.Healthy();
        });

        Assert.Equal((ServiceState.Down, "No answer within 0.05 s", 0.05), (check.State, check.Detail, check.DeadlineSeconds));
    }

    [Fact]
    public async Task An_unavailable_optional_backing_service_is_down_instead_of_degraded()
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
