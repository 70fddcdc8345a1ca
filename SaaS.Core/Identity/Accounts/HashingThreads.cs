using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SaaS.Core.Identity.Accounts;

/// <summary>
/// Runs CPU-bound work on one low-priority thread per core, so that a burst of sign-ins uses only the CPU time that other
/// requests leave.
/// </summary>
internal sealed class HashingThreads : IDisposable
{
    private const int LowestPriority = 19;

    private readonly BlockingCollection<Action> _queue = [];
    private readonly SemaphoreSlim _freeThreads = new(Environment.ProcessorCount);
    private readonly Thread[] _threads;

    public HashingThreads()
    {
        _threads =
        [
            .. Enumerable
                .Range(0, Environment.ProcessorCount)
                .Select(_ => new Thread(ProcessQueue)
                {
                    IsBackground = true,
                    Name = "hashing",
                    Priority = ThreadPriority.Lowest,
                }),
        ];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>
    /// Waits for a free thread and runs the work on it. Cancellation ends the wait only: work that has started is completed.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken ct)
    {
        await _freeThreads.WaitAsync(ct); // can be cancelled here, because work is queued only when a thread is free
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(
            () =>
            {
                try
                {
                    completion.SetResult(work());
                }
                catch (Exception failure)
                {
                    completion.SetException(failure); // rethrown to the caller
                }
                finally
                {
                    _freeThreads.Release();
                }
            },
            CancellationToken.None
        );
        return await completion.Task;
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        Array.ForEach(_threads, thread => thread.Join());
        _queue.Dispose();
        _freeThreads.Dispose();
    }

    private void ProcessQueue()
    {
        if (OperatingSystem.IsLinux())
        {
            // .NET ignores Thread.Priority on Linux. If this call fails, hashing runs at normal priority.
            _ = SetPriority(which: 0, who: 0, LowestPriority);
        }

        foreach (var work in _queue.GetConsumingEnumerable())
        {
            work();
        }
    }

    // On Linux, PRIO_PROCESS (0) with id 0 means the calling thread, not its process.
    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, uint who, int priority);
}
