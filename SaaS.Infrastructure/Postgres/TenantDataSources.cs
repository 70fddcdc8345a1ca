using Microsoft.Extensions.Options;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>A tenant's database, and the only role that may enter it.</summary>
public sealed record DatabaseAddress(string Database, string Role);

/// <summary>All connections to tenant databases stayed in use for as long as a request waits.</summary>
public sealed class TenantConnectionsExhaustedException() : Exception("Every connection to a tenant's database is in use.");

/// <summary>
/// The connections to all tenant databases, within one budget: Npgsql pools per database, so a thousand tenants would open thousands of
/// connections. When the budget is used up, the least recently used idle connection is closed for a tenant that has none.
/// </summary>
public sealed class TenantDataSources : IAsyncDisposable
{
    private static readonly TimeSpan IdleCheckInterval = TimeSpan.FromSeconds(10);

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
        TenantConnectionMetrics.Evictions.Add(0); // exports zero from the start, so that "never happened" differs from "not measured"
        TenantConnectionMetrics.Refusals.Add(0);
        _idleTimer = clock.CreateTimer(
            _ => _budget.CloseIdleSince(clock.GetTimestamp() - (long)(_options.IdleLifetime.TotalSeconds * clock.TimestampFrequency)),
            state: null,
            IdleCheckInterval,
            IdleCheckInterval
        );
    }

    /// <summary>The number of requests that wait for a connection.</summary>
    internal int Waiting => _budget.Waiting;

    /// <summary>
    /// Leases a connection to a tenant's database. It counts against the budget while it is leased, and while it is idle after that.
    /// </summary>
    /// <param name="address">The database and the role.</param>
    /// <param name="password">Called only when a connection must be opened, because decrypting the password is expensive.</param>
    /// <param name="ct">Cancels the wait.</param>
    /// <param name="label">The name of the tenant in metrics; the name of a database contains a customer's name.</param>
    /// <exception cref="TenantConnectionsExhaustedException">No connection became free in time.</exception>
    public async ValueTask<TenantConnectionLease> LeaseAsync(
        DatabaseAddress address,
        Func<Task<string>> password,
        CancellationToken ct,
        string? label = null
    )
    {
        ct.ThrowIfCancellationRequested();
        var slot = _budget.TryTake(address) ?? await WaitAsync(address, ct);
        if (slot.Source is null)
        {
            await PrepareAsync(slot, address, password, label);
        }

        try
        {
            // Not cancellable: a half-finished login would leave a server process that is not counted.
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
    /// Closes the connections of a tenant whose database is to be dropped. A connection in use is closed when it is returned, which is not
    /// awaited.
    /// </summary>
    public Task CloseAsync(DatabaseAddress address) => Task.WhenAll(_budget.MarkForClose(address).Select(slot => slot.Closed));

    public async ValueTask DisposeAsync()
    {
        TenantConnectionMetrics.Budget.Add(-_options.Budget);
        _isEnding = true; // the slots are not used again, so it is enough that our side is closed
        await _idleTimer.DisposeAsync();
        await Task.WhenAll(_budget.CloseAll().Select(slot => slot.Closed));
    }

    private async Task PrepareAsync(ConnectionSlot slot, DatabaseAddress address, Func<Task<string>> password, string? label)
    {
        try
        {
            slot.Source = CreateSource(address, await password(), label);
        }
        catch
        {
            // The password is unavailable. Only this slot is closed: the tenant's open connections still work, and the next request must
            // get one of them.
            slot.MustClose = true;
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
                return await place.Value.Turn; // a slot was assigned at the last moment
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
            // The server is most likely gone, and the tenant's other connections would fail one after another
            _budget.MarkForClose(slot.Tenant.Address);
        }

        _budget.Return(slot, _clock.GetTimestamp());
    }

    // Frees the slot only when the server process has ended, too, because the budget is a promise to the server.
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
        var builder = new NpgsqlDataSourceBuilder(
            new NpgsqlConnectionStringBuilder(_server)
            {
                Database = address.Database,
                Username = address.Role,
                Password = password,
                // One connection that Npgsql never closes for being idle (which needs a lower minimum): the budget does that.
                MinPoolSize = 1,
                MaxPoolSize = 1,
            }.ConnectionString
        )
        {
            Name = label ?? "tenant", // the default is the connection string
        };
        // Loading the type catalog costs about as much as the rest of a new connection. PostgreSQL's own types and their arrays work
        // without; docs/MIGRATIONS.md says what that means for a tenant's schema.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }
}
