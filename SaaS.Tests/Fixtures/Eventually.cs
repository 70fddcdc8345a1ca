using System.Diagnostics;

namespace SaaS.Tests.Fixtures;

/// <summary>Waits until a condition holds, never for a fixed time. All waiting in tests goes through it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string otherwise, TimeSpan? timeout = null)
    {
        var limit = timeout ?? TimeSpan.FromSeconds(60);
        var waited = Stopwatch.StartNew();

        while (!await condition())
        {
            Assert.True(waited.Elapsed < limit, $"After {limit.TotalSeconds:0} s: {otherwise}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
