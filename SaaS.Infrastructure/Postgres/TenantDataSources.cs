using Microsoft.Extensions.Options;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>One database, and the only role that may enter it.</summary>
public sealed record DatabaseAddress(string Database, string Role);

/// <summary>Every connection to a tenant's database is in use, and stayed so for as long as a request waits.</summary>
public sealed class TenantConnectionsExhaustedException() : Exception("Every connection to a tenant's database is in use.");

/// <summary>
/// The connections to tenants' databases. Npgsql pools per database and knows no limit over all of them, so a thousand
/// tenants would be thousands of connections; here all of them share one budget, and the least recently used idle
/// connection is closed for a tenant that has none.
/// </summary>
public sealed class TenantDataSources : IAsyncDisposable
{
    private static readonly TimeSpan IdleLook = TimeSpan.FromSeconds(10);

    private readonly string _server;
    private readonly TenantConnectionOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConnectionBudget _budget;
    private readonly BackendExits _exits;
    private readonly ITimer _idleTimer;
    private volatile bool _isEnding;

    public TenantDataSources(NpgsqlDataSource control, IOptions<TenantConnectionOptions> options, TimeProvider clock)
    {
        _server = control.ConnectionString;
        _options = options.Value;
        _clock = clock;
        _exits = new BackendExits(control, clock);
        _budget = new ConnectionBudget(_options.Budget, _options.PerTenant, slot => _ = Task.Run(() => CloseAsync(slot)));
        TenantConnectionMetrics.Budget.Add(_options.Budget);
        TenantConnectionMetrics.Evictions.Add(0); // there from the start: what has never happened cannot be told from what is not counted
        TenantConnectionMetrics.Refusals.Add(0);
        _idleTimer = clock.CreateTimer(
            _ => _budget.CloseIdleSince(clock.GetTimestamp() - (long)(_options.IdleLifetime.TotalSeconds * clock.TimestampFrequency)), state: null, IdleLook, IdleLook);
    }

    /// <summary>How many wait for a connection at this moment.</summary>
    internal int Waiting => _budget.Waiting;

    /// <summary>Takes a connection to a tenant's database, which counts against the budget until the lease is returned and beyond, while it is kept for the next.</summary>
    /// <param name="address">Which database, as which role.</param>
    /// <param name="password">Asked for only when a connection has to be made: unsealing it costs.</param>
    /// <param name="ct">Ends the wait for one.</param>
    /// <param name="label">What metrics call the tenant; a database has a customer's name in its own.</param>
    /// <exception cref="TenantConnectionsExhaustedException">None became free in time.</exception>
    public async ValueTask<TenantConnectionLease> LeaseAsync(DatabaseAddress address, Func<Task<string>> password, CancellationToken ct, string? label = null)
    {
        ct.ThrowIfCancellationRequested();
        var slot = _budget.TryTake(address) ?? await WaitAsync(address, ct);
        if (slot.Source is null)
        {
            await PrepareAsync(slot, address, password, label);
        }

        try
        {
            // Not to be cancelled: half a sign-in is a process on the server that nobody here knows of.
            var connection = await slot.Source!.OpenConnectionAsync(CancellationToken.None);
            slot.ProcessId = connection.ProcessID;
            return new TenantConnectionLease(connection, slot, isReusable => Return(slot, isReusable));
        }
        catch
        {
            Return(slot, isReusable: false);
            throw;
        }
    }

    /// <summary>
    /// Closes a tenant's connections: for whoever removes its database. One that is in use is closed when it is returned,
    /// which is not waited for.
    /// </summary>
    public Task CloseAsync(DatabaseAddress address) => Task.WhenAll(_budget.MarkForClose(address).Select(slot => slot.Closed));

    public async ValueTask DisposeAsync()
    {
        TenantConnectionMetrics.Budget.Add(-_options.Budget);
        _isEnding = true; // nobody will use the places again: that our ends are closed is enough
        await _idleTimer.DisposeAsync();
        await Task.WhenAll(_budget.End().Select(slot => slot.Closed));
    }

    private async Task PrepareAsync(ConnectionSlot slot, DatabaseAddress address, Func<Task<string>> password, string? label)
    {
        try
        {
            slot.Source = CreateSource(address, await password(), label);
        }
        catch
        {
            // What has the password is away. This place alone is given up: the tenant's open connections are as good as before, and
            // whoever asks next must be given one of those.
            slot.IsDoomed = true;
            Return(slot, isReusable: true);
            throw;
        }
    }

    private async Task<ConnectionSlot> WaitAsync(DatabaseAddress address, CancellationToken ct)
    {
        var began = _clock.GetTimestamp();
        var place = _budget.Queue(address);
        try
        {
            return await place.Value.Turn.WaitAsync(_options.WaitTimeout, _clock, ct);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            if (!_budget.TryLeave(place))
            {
                return await place.Value.Turn; // the turn came in the last moment
            }

            if (e is OperationCanceledException)
            {
                throw;
            }

            TenantConnectionMetrics.Refusals.Add(1);
            throw new TenantConnectionsExhaustedException();
        }
        finally
        {
            TenantConnectionMetrics.WaitDuration.Record(_clock.GetElapsedTime(began).TotalSeconds);
        }
    }

    private void Return(ConnectionSlot slot, bool isReusable)
    {
        if (!isReusable)
        {
            _budget.MarkForClose(slot.Tenant.Address); // most likely the server is gone: the others of this tenant would fail one after another
        }

        _budget.Return(slot, _clock.GetTimestamp());
    }

    // The place is given on only when nothing of the connection is left, on the server either: the budget is a promise to the server.
    private async Task CloseAsync(ConnectionSlot slot)
    {
        try
        {
            if (slot.Source is { } source)
            {
                await source.DisposeAsync();
            }

            if (slot.ProcessId != 0 && !_isEnding)
            {
                await _exits.WaitAsync(slot.ProcessId, slot.Tenant.Address.Database);
            }
        }
        finally
        {
            _budget.Release(slot);
        }
    }

    private NpgsqlDataSource CreateSource(DatabaseAddress address, string password, string? label)
    {
        var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(_server)
        {
            Database = address.Database,
            Username = address.Role,
            Password = password,
            // One, and never closed by Npgsql for being idle (that needs a lower minimum): the budget does that, and knows of it.
            MinPoolSize = 1,
            MaxPoolSize = 1,
        }.ConnectionString)
        {
            Name = label ?? "tenant", // otherwise it is the connection string
        };
        // Reading the catalogue of types costs about as much as the rest of a new connection. PostgreSQL's own types and arrays
        // of them are known without; what that means for a tenant's schema is in docs/MIGRATIONS.md.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }
}
