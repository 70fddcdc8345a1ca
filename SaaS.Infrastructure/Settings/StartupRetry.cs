namespace SaaS.Infrastructure.Settings;

/// <summary>Retries startup work that a host can run without for a while, with growing delays.</summary>
internal static class StartupRetry
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <param name="tryAsync">Returns true when the work is done; its argument is the delay before the next attempt.</param>
    /// <exception cref="OperationCanceledException">The host is stopping.</exception>
    public static async Task UntilDoneAsync(Func<TimeSpan, Task<bool>> tryAsync, TimeProvider clock, CancellationToken ct)
    {
        for (var pause = InitialDelay; !await tryAsync(pause); pause = pause * 2 < MaxDelay ? pause * 2 : MaxDelay)
        {
            await Task.Delay(pause, clock, ct);
        }
    }
}
