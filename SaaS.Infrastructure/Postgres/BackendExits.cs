using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Tells when the server has let go of a connection that was closed. The client's end is gone at once, but the server's
/// process lives on for some milliseconds, on a busy machine for many, and counts against <c>max_connections</c> as long.
/// One question asks for all that are awaited, so that a thousand evictions cost one connection to the control database.
/// </summary>
internal sealed class BackendExits(NpgsqlDataSource control, TimeProvider clock)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly List<Exit> _awaited = [];
    private bool _isWatching;

    /// <param name="processId">The server's process behind the connection.</param>
    /// <param name="database">Where it was connected to: a number is given to another process some day.</param>
    public Task WaitAsync(int processId, string database)
    {
        var exit = new Exit(processId, database);
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
            var gone = asked.FindAll(exit => !alive.Contains((exit.ProcessId, exit.Database)));
            lock (_gate)
            {
                _awaited.RemoveAll(gone.Contains);
            }

            gone.ForEach(exit => exit.Seen.SetResult());
            pause = gone.Count > 0 ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, MaxDelay.Ticks));
            if (alive.Count > 0)
            {
                await Task.Delay(pause, clock);
            }
        }
    }

    private async Task<HashSet<(int ProcessId, string Database)>> FindAliveAsync(int[] processIds)
    {
        var alive = new HashSet<(int, string)>();
        try
        {
            await using var command = control.CreateCommand(
                "SELECT s.pid, d.datname FROM pg_stat_get_activity(NULL) s JOIN pg_database d ON d.oid = s.datid WHERE s.pid = ANY($1)");
            command.Parameters.Add(new() { Value = processIds });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                alive.Add((reader.GetInt32(0), reader.GetString(1)));
            }
        }
#pragma warning disable CA1031 // whatever keeps us from asking, those who wait for an answer must not wait for ever
        catch
#pragma warning restore CA1031
        {
            // No server, no process of it; and where this host is ending, nobody will use the places again.
            alive.Clear();
        }

        return alive;
    }

    private sealed record Exit(int ProcessId, string Database)
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
