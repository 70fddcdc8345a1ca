namespace SaaS.Infrastructure.Settings;

/// <summary>What a host wants to do when it starts and can be without for a while: it is tried until it is done, at growing distances.</summary>
internal static class StartupRetry
{
    private static readonly TimeSpan InitialDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <param name="tryAsync">Whether it is done; is told how long the pause is that follows if it is not.</param>
    /// <exception cref="OperationCanceledException">The host stops.</exception>
    public static async Task UntilDoneAsync(Func<TimeSpan, Task<bool>> tryAsync, TimeProvider clock, CancellationToken ct)
    {
        for (var pause = InitialDelay; !await tryAsync(pause); pause = pause * 2 < MaxDelay ? pause * 2 : MaxDelay)
        {
            await Task.Delay(pause, clock, ct);
        }
    }
}
