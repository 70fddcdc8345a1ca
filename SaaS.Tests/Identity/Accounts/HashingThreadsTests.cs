using System.Globalization;
using System.Runtime.InteropServices;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Tests.Identity.Accounts;

public sealed class HashingThreadsTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Hashing_runs_at_the_lowest_Linux_thread_priority()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere .NET's own thread priorities hold");
        using var threads = new HashingThreads();

        var niceness = await threads.RunAsync(() => Niceness($"/proc/self/task/{Gettid()}/stat"), CancellationToken.None);

        Assert.Equal(19, niceness);
        Assert.NotEqual(19, Niceness($"/proc/self/task/{Environment.ProcessId}/stat"));
    }

    [Fact]
    public async Task Work_cancelled_while_queued_is_not_executed()
    {
        using var threads = new HashingThreads();
        using var gate = new ManualResetEventSlim();
        var busy = Enumerable
            .Range(0, Environment.ProcessorCount)
            .Select(_ => threads.RunAsync(() => gate.Wait(Timeout), CancellationToken.None))
            .ToList();
        using var leaving = new CancellationTokenSource();
        var done = false;
        var waiting = threads.RunAsync(() => done = true, leaving.Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.Set();
        await Task.WhenAll(busy);

        Assert.True(await threads.RunAsync(() => true, CancellationToken.None).WaitAsync(Timeout));
        Assert.False(done);
    }

    [Fact]
    public async Task An_exception_in_the_work_is_rethrown_without_losing_a_thread()
    {
        using var threads = new HashingThreads();

        for (var times = 0; times <= Environment.ProcessorCount; times++)
        {
            await Assert.ThrowsAsync<FormatException>(() =>
                threads.RunAsync<bool>(() => throw new FormatException(), CancellationToken.None).WaitAsync(Timeout)
            );
        }
    }

    // "4711 (hashing) S 1 …": the name may contain spaces; niceness is the seventeenth field after it.
    private static int Niceness(string stat)
    {
        var text = File.ReadAllText(stat);
        return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "gettid")]
    private static extern int Gettid();
}
