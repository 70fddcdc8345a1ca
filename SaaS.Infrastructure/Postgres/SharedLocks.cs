using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The lock was not released within the timeout.</summary>
public sealed class LockTimeoutException() : TimeoutException("A lock was not released in time.");

/// <summary>
/// Named locks between all processes, over one dedicated connection, so that holding or awaiting one takes no connection from the pool.
/// They are lost when that connection breaks while their holders continue, so the protected work must also be safe when it overlaps.
/// </summary>
public sealed class SharedLocks : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource _source;
    private readonly PostgresSignIn _signIn;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, bool> _held = []; // the server lets one session acquire the same lock twice
    private readonly SemaphoreSlim _one = new(1);
    private NpgsqlConnection? _connection;

    /// <param name="source">A pool of one connection, which nothing else uses.</param>
    internal SharedLocks(NpgsqlDataSource source, PostgresSignIn signIn, TimeProvider clock) =>
        (_source, _signIn, _clock) = (source, signIn, clock);

    /// <summary>Acquires the lock if it is free.</summary>
    /// <returns>A handle that releases the lock; null when it is taken.</returns>
    public async Task<IAsyncDisposable?> TryAcquireAsync(string name, CancellationToken ct)
    {
        if (!_held.TryAdd(name, true))
        {
            return null;
        }

        NpgsqlConnection? holder = null;
        try
        {
            holder = await TryLockAsync(name, ct);
            return holder is null ? null : new LockHandle(this, name, holder);
        }
        finally
        {
            if (holder is null)
            {
                _held.TryRemove(name, out _);
            }
        }
    }

    /// <summary>Waits until the lock is free, and acquires it.</summary>
    /// <exception cref="LockTimeoutException">The lock was not free in time.</exception>
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

    private async Task<NpgsqlConnection?> TryLockAsync(string name, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            while (true)
            {
                var isOld = _connection is { FullState: ConnectionState.Open };
                if (!isOld)
                {
                    await CloseConnectionAsync();
                    _connection = await _signIn.OpenAsync(_source, ct);
                }

                try
                {
                    // Not cancellable: the call does not wait, and a lock whose answer was lost would never be released.
                    return await RunAsync("SELECT pg_try_advisory_lock($1)", name) ? _connection : null;
                }
                catch (Exception e) when (PostgresFailures.IsServerFailure(e))
                {
                    await CloseConnectionAsync(); // this also releases a lock whose answer was lost
                    if (!isOld)
                    {
                        throw;
                    }
                } // an idle connection that was closed is opened again
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
        catch (Exception e) when (PostgresFailures.IsServerFailure(e))
        {
            await CloseConnectionAsync();
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

    private async Task CloseConnectionAsync()
    {
        if (_connection is { } broken)
        {
            _connection = null;
            NpgsqlConnection.ClearPool(broken); // closes the connection instead of returning it to the pool
            await broken.DisposeAsync();
        }
    }

    private sealed class LockHandle(SharedLocks locks, string name, NpgsqlConnection holder) : IAsyncDisposable
    {
        private int _released;

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _released, 1) == 0 ? new ValueTask(locks.ReleaseAsync(name, holder)) : ValueTask.CompletedTask;
    }
}
