using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>How many connections to tenants' databases this process may hold: open tenants × connections each.</summary>
public sealed class TenantConnectionOptions
{
    /// <summary>How many tenants' databases are open at once; the least recently used one is closed for a new one.</summary>
    [Range(1, 10_000)]
    public int OpenTenants { get; init; } = 20;

    /// <summary>How many connections one tenant may use at once.</summary>
    [Range(1, 100)]
    public int PerTenant { get; init; } = 4;

    /// <summary>How long a request waits for its turn before it is told to come back.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>One database, and the only role that may enter it.</summary>
public sealed record DatabaseAddress(string Database, string Role);

/// <summary>All places for open tenants' databases are in use, and stayed so for as long as a request waits.</summary>
public sealed class TenantConnectionsExhaustedException() : Exception("Every place for an open tenant database is in use.");

/// <summary>
/// A small pool for each tenant in use. Npgsql pools per database and knows no limit over all of them, so a
/// thousand tenants would be thousands of connections; here the least recently used pool makes room for the next.
/// </summary>
public sealed class TenantDataSources : IAsyncDisposable
{
    private readonly string _server;
    private readonly TenantConnectionOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseAddress, Pool> _pools = [];
    private TaskCompletionSource _placeFreed = NewSignal();

    public TenantDataSources(NpgsqlDataSource control, IOptions<TenantConnectionOptions> options, TimeProvider clock)
    {
        _server = control.ConnectionString;
        _options = options.Value;
        _clock = clock;
    }

    /// <summary>Takes a place for a tenant's database; the pool stays open at least until the lease is returned.</summary>
    /// <param name="address">Which database, as which role.</param>
    /// <param name="password">Asked for only when the pool has to be opened: unsealing it costs.</param>
    /// <exception cref="TenantConnectionsExhaustedException">No place became free in time.</exception>
    public async ValueTask<Lease> LeaseAsync(DatabaseAddress address, Func<string> password, CancellationToken ct)
    {
        var secret = new Lazy<string>(password);
        var deadline = _clock.GetTimestamp() + (long)(_options.Patience.TotalSeconds * _clock.TimestampFrequency);

        while (true)
        {
            Task freed;
            NpgsqlDataSource? closed = null;
            Pool? pool;

            if (!IsOpen(address))
            {
                _ = secret.Value; // unsealed before anything is closed for it, and not while everybody waits
            }

            lock (_gate)
            {
                if (!_pools.TryGetValue(address, out pool) && TryMakeRoom(out closed))
                {
                    pool = new Pool(Open(address, secret.Value));
                    _pools.Add(address, pool);
                }

                if (pool is not null)
                {
                    pool.Leases++;
                    pool.LastUsed = _clock.GetTimestamp();
                }

                freed = _placeFreed.Task;
            }

            if (closed is not null)
            {
                await closed.DisposeAsync();
            }

            if (pool is not null)
            {
                return new Lease(this, pool);
            }

            var patience = _clock.GetElapsedTime(_clock.GetTimestamp(), deadline);
            if (patience <= TimeSpan.Zero)
            {
                throw new TenantConnectionsExhaustedException();
            }

            try
            {
                await freed.WaitAsync(patience, _clock, ct);
            }
            catch (TimeoutException)
            {
                throw new TenantConnectionsExhaustedException();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<Pool> pools;
        lock (_gate)
        {
            pools = [.. _pools.Values];
            _pools.Clear();
        }

        foreach (var pool in pools)
        {
            await pool.Source.DisposeAsync();
        }
    }

    private bool IsOpen(DatabaseAddress address)
    {
        lock (_gate)
        {
            return _pools.ContainsKey(address);
        }
    }

    private bool TryMakeRoom(out NpgsqlDataSource? closed)
    {
        closed = null;
        if (_pools.Count < _options.OpenTenants)
        {
            return true;
        }

        var idle = _pools.Where(entry => entry.Value.Leases == 0).ToList();
        if (idle.Count == 0)
        {
            return false;
        }

        var (address, pool) = idle.MinBy(entry => entry.Value.LastUsed);
        _pools.Remove(address);
        closed = pool.Source;
        return true;
    }

    private NpgsqlDataSource Open(DatabaseAddress address, string password) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(_server)
        {
            Database = address.Database,
            Username = address.Role,
            Password = password,
            MaxPoolSize = _options.PerTenant,
            MinPoolSize = 0,
            ConnectionIdleLifetime = 60,
        }.ConnectionString).Build();

    private void Return(Pool pool)
    {
        TaskCompletionSource? freed = null;
        lock (_gate)
        {
            pool.Leases--;
            if (pool.Leases == 0)
            {
                (freed, _placeFreed) = (_placeFreed, NewSignal());
            }
        }

        freed?.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A place that is taken until it is returned.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly TenantDataSources _owner;
        private readonly Pool _pool;
        private bool _returned;

        internal Lease(TenantDataSources owner, Pool pool)
        {
            _owner = owner;
            _pool = pool;
        }

        /// <summary>A connection that is not open yet: it is taken from the pool only while a statement needs it.</summary>
        public NpgsqlConnection CreateConnection() => _pool.Source.CreateConnection();

        public void Dispose()
        {
            if (!_returned)
            {
                _returned = true;
                _owner.Return(_pool);
            }
        }
    }

    internal sealed class Pool(NpgsqlDataSource source)
    {
        public NpgsqlDataSource Source { get; } = source;
        public int Leases { get; set; }
        public long LastUsed { get; set; }
    }
}
