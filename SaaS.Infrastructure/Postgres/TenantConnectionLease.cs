using System.Data;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>A leased connection to a tenant's database.</summary>
public sealed class TenantConnectionLease : IDisposable, IAsyncDisposable
{
    private readonly ConnectionSlot _slot;
    private readonly Action<bool> _return;
    private int _returned;

    internal TenantConnectionLease(NpgsqlConnection connection, ConnectionSlot slot, Action<bool> giveBack)
    {
        Connection = connection;
        _slot = slot;
        _return = giveBack;
    }

    /// <summary>The open connection; all statements of one request share its session.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>
    /// Gets or creates state that stays attached to the connection until it is closed. Only leases of the same tenant get it, one at a
    /// time.
    /// </summary>
    public T AttachedState<T>(Func<T> make)
        where T : class => (T)(_slot.AttachedState ??= make());

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            var isReusable = IsWhole;
            try
            {
                Connection.Dispose();
            }
            finally
            {
                _return(isReusable);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            var isReusable = IsWhole;
            try
            {
                await Connection.DisposeAsync();
            }
            finally
            {
                _return(isReusable);
            }
        }
    }

    // A broken connection may still run its last statement on the server, so its slot is free only when that has ended.
    private bool IsWhole => Connection.State is ConnectionState.Open;
}
