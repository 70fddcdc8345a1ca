using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Waits until the server process behind a closed connection has ended: for some milliseconds it still counts against
/// <c>max_connections</c>. One query covers all awaited processes, so that a thousand evictions cost one connection to the control
/// database.
/// </summary>
internal sealed class BackendExits(NpgsqlDataSource control, TimeProvider clock)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly List<Exit> _awaited = [];
    private bool _isWatching;

    /// <param name="processId">The server process behind the connection.</param>
    /// <param name="database">The database of the connection, because process ids are reused.</param>
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

        return exit.Completion.Task;
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

            gone.ForEach(exit => exit.Completion.SetResult());
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
                "SELECT s.pid, d.datname FROM pg_stat_get_activity(NULL) s JOIN pg_database d ON d.oid = s.datid WHERE s.pid = ANY($1)"
            );
            command.Parameters.Add(new() { Value = processIds });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                alive.Add((reader.GetInt32(0), reader.GetString(1)));
            }
        }
#pragma warning disable CA1031 // callers must not wait forever when the query fails
        catch
#pragma warning restore CA1031
        {
            // Without a server there are no server processes; and while the host stops, the slots are not used again.
            alive.Clear();
        }

        return alive;
    }

    private sealed record Exit(int ProcessId, string Database)
    {
        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
