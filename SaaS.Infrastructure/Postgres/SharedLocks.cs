using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The lock was held by somebody else for as long as a request waits.</summary>
public sealed class LockTimeoutException() : TimeoutException("A lock was held for too long by somebody else.");

/// <summary>
/// Named locks between all processes, as many as are wanted over one connection of their own: whoever holds or awaits one holds no
/// connection of the pool that every request needs. They end with the process. Should the connection break, they are lost
/// while their holders go on, so what they keep apart must also be safe when it meets.
/// </summary>
public sealed class SharedLocks : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource _source;
    private readonly PostgresSignIn _signIn;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, bool> _held = []; // the server lets one session take its own lock twice
    private readonly SemaphoreSlim _one = new(1);
    private NpgsqlConnection? _connection;

    /// <param name="source">A pool of one connection, which nothing else uses.</param>
    internal SharedLocks(NpgsqlDataSource source, PostgresSignIn signIn, TimeProvider clock) =>
        (_source, _signIn, _clock) = (source, signIn, clock);

    /// <summary>Takes the lock of this name if it is free.</summary>
    /// <returns>Releases the lock when it is disposed of; null when somebody else has it.</returns>
    public async Task<IAsyncDisposable?> TryAcquireAsync(string name, CancellationToken ct)
    {
        if (!_held.TryAdd(name, true))
        {
            return null;
        }

        NpgsqlConnection? holder = null;
        try
        {
            holder = await TakeAsync(name, ct);
            return holder is null ? null : new Holding(this, name, holder);
        }
        finally
        {
            if (holder is null)
            {
                _held.TryRemove(name, out _);
            }
        }
    }

    /// <summary>Waits until the lock of this name is free, and takes it.</summary>
    /// <exception cref="LockTimeoutException">It was not free in time.</exception>
    public async Task<IAsyncDisposable> AcquireAsync(string name, TimeSpan timeout, CancellationToken ct)
    {
        for (var began = _clock.GetTimestamp(); ; await Task.Delay(PollInterval, _clock, ct))
        {
            if (await TryAcquireAsync(name, ct) is { } taken)
            {
                return taken;
            }

            if (_clock.GetElapsedTime(began) >= timeout)
            {
                throw new LockTimeoutException();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _one.Dispose();
    }

    private async Task<NpgsqlConnection?> TakeAsync(string name, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            while (true)
            {
                var isOld = _connection is { FullState: ConnectionState.Open };
                if (!isOld)
                {
                    await DropAsync();
                    _connection = await _signIn.OpenAsync(_source, ct);
                }

                try
                {
                    // Not to be cancelled: it waits for nobody, and a lock that was taken and not heard of would stay.
                    return await RunAsync("SELECT pg_try_advisory_lock($1)", name) ? _connection : null;
                }
                catch (Exception e) when (PostgresFailures.IsOfServer(e))
                {
                    await DropAsync(); // with it goes a lock whose answer was not heard
                    if (!isOld)
                    {
                        throw;
                    }
                } // a connection that was closed while nobody used it is made anew
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task ReleaseAsync(string name, NpgsqlConnection holder)
    {
        await _one.WaitAsync();
        try
        {
            if (holder == _connection && holder.FullState is ConnectionState.Open)
            {
                await RunAsync("SELECT pg_advisory_unlock($1)", name);
            }
        }
        catch (Exception e) when (PostgresFailures.IsOfServer(e))
        {
            await DropAsync();
        }
        finally
        {
            _held.TryRemove(name, out _);
            _one.Release();
        }
    }

    private async Task<bool> RunAsync(string statement, string name)
    {
        await using var command = new NpgsqlCommand(statement, _connection) { Parameters = { new() { Value = AdvisoryLock.KeyOf(name) } } };
        return await command.ExecuteScalarAsync(CancellationToken.None) is true;
    }

    private async Task DropAsync()
    {
        if (_connection is { } broken)
        {
            _connection = null;
            NpgsqlConnection.ClearPool(broken); // closed in truth, and not only given back
            await broken.DisposeAsync();
        }
    }

    private sealed class Holding(SharedLocks locks, string name, NpgsqlConnection holder) : IAsyncDisposable
    {
        private int _released;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _released, 1) == 0 ? new ValueTask(locks.ReleaseAsync(name, holder)) : ValueTask.CompletedTask;
    }
}
