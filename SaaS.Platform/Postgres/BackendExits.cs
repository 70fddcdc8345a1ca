using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>
/// Tells when the server has let go of a connection that was closed. The client's end is gone at once, but the server's
/// process lives on for some milliseconds, on a busy machine for many, and counts against <c>max_connections</c> as long.
/// One question asks for all that are awaited, so that a thousand evictions cost one connection to the control database.
/// </summary>
internal sealed class BackendExits(NpgsqlDataSource control, TimeProvider clock)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly List<Exit> _awaited = [];
    private bool _isWatching;

    public Task WaitAsync(int processId)
    {
        var exit = new Exit(processId);
        lock (_gate)
        {
            _awaited.Add(exit);
            if (!_isWatching)
            {
                _isWatching = true;
                _ = Task.Run(WatchAsync);
            }
        }

        return exit.Seen.Task;
    }

    private async Task WatchAsync()
    {
        var pause = ShortestPause;
        while (true)
        {
            List<Exit> asked;
            lock (_gate)
            {
                asked = [.. _awaited];
                if (asked.Count == 0)
                {
                    _isWatching = false;
                    return;
                }
            }

            var alive = await FindAliveAsync([.. asked.Select(exit => exit.ProcessId)]);
            var gone = asked.FindAll(exit => !alive.Contains(exit.ProcessId));
            lock (_gate)
            {
                _awaited.RemoveAll(gone.Contains);
            }

            gone.ForEach(exit => exit.Seen.SetResult());
            pause = gone.Count > 0 ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            if (alive.Count > 0)
            {
                await Task.Delay(pause, clock);
            }
        }
    }

    private async Task<HashSet<int>> FindAliveAsync(int[] processIds)
    {
        var alive = new HashSet<int>();
        try
        {
            // Not pg_stat_activity: it joins names to every session of the server, and a process id is all that is asked.
            await using var command = control.CreateCommand("SELECT pid FROM pg_stat_get_activity(NULL) WHERE pid = ANY($1)");
            command.Parameters.Add(new() { Value = processIds });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                alive.Add(reader.GetInt32(0));
            }
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            // No server, no process of it; and where this host is ending, nobody will use the places again.
        }

        return alive;
    }

    private sealed record Exit(int ProcessId)
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
