using SaaS.Infrastructure.Resilience;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the retries of background work.</summary>
public sealed class BackgroundRetryTests
{
    private readonly List<double> _delays = [];

    [Fact]
    public async Task Work_is_retried_after_delays_that_double_up_to_thirty_seconds()
    {
        await FailAsync(8, constantDelay: null);
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], _delays);
    }

    [Fact]
    public async Task A_constant_delay_stays()
    {
        await FailAsync(4, TimeSpan.FromSeconds(5));
        Assert.Equal([5, 5, 5, 5], _delays);
    }

    [Fact]
    public async Task Another_failure_is_thrown_at_once()
    {
        await Assert.ThrowsAsync<FormatException>(() => RunAsync(() => throw new FormatException(), constantDelay: null));
        Assert.Empty(_delays);
    }

    [Fact]
    public async Task A_host_that_stops_ends_the_delay()
    {
        using var stopping = new CancellationTokenSource();
        var retrying = RunAsync(() => throw new IOException(), TimeSpan.FromHours(1), stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => retrying);
    }

    [Fact]
    public async Task A_failure_while_the_host_stops_is_the_stop()
    {
        using var stopping = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            RunAsync(
                () =>
                {
                    stopping.Cancel();
                    throw new IOException();
                },
                constantDelay: null,
                stopping.Token
            )
        );
        Assert.Empty(_delays);
    }

    private Task FailAsync(int times, TimeSpan? constantDelay) =>
        RunAsync(
            () =>
            {
                if (times-- > 0)
                {
                    throw new IOException();
                }
            },
            constantDelay
        );

    private Task RunAsync(Action work, TimeSpan? constantDelay, CancellationToken ct = default) =>
        BackgroundRetry.RunAsync(
            _ =>
            {
                work();
                return Task.CompletedTask;
            },
            isTransient: e => e is IOException,
            onRetry: (_, delay) => _delays.Add(delay.TotalSeconds),
            new HastyClock(),
            ct,
            constantDelay
        );
}
