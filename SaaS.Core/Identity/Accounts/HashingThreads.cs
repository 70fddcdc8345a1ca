using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SaaS.Core.Identity.Accounts;

/// <summary>
/// A thread for each core, for work that does nothing but compute, and gives way to every other thread: a storm of sign-ins
/// gets all the processor time that is left over, and none that another request wants.
/// </summary>
internal sealed class HashingThreads : IDisposable
{
    private const int LeastImportant = 19;

    private readonly BlockingCollection<Action> _taken = [];
    private readonly SemaphoreSlim _free = new(Environment.ProcessorCount);
    private readonly Thread[] _threads;

    public HashingThreads()
    {
        _threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work) { IsBackground = true, Name = "hashing", Priority = ThreadPriority.Lowest })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Waits for a thread, as long as the caller does; what has begun is finished.</summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken ct)
    {
        await _free.WaitAsync(ct); // who waits here can leave: work is handed over only when a thread has nothing else to do
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _taken.Add(
            () =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception failure)
                {
                    done.SetException(failure); // it is the caller's
                }
                finally
                {
                    _free.Release();
                }
            },
            CancellationToken.None);
        return await done.Task;
    }

    public void Dispose()
    {
        _taken.CompleteAdding();
        Array.ForEach(_threads, thread => thread.Join());
        _taken.Dispose();
        _free.Dispose();
    }

    private void Work()
    {
        if (OperatingSystem.IsLinux())
        {
            // .NET leaves Thread.Priority without effect here. Refused, it changes nothing: hashing is then as important as the rest.
            _ = SetPriority(which: 0, who: 0, LeastImportant);
        }

        foreach (var work in _taken.GetConsumingEnumerable())
        {
            work();
        }
    }

    // PRIO_PROCESS (0) of 0 is on Linux the calling thread, not its process.
    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, uint who, int priority);
}
