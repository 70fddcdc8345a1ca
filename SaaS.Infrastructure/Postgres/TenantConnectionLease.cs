using System.Data;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>An open connection to a tenant's database, until it is returned.</summary>
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

    /// <summary>Open from the start, so that the statements of one request share a session and need no reset in between.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>
    /// What is kept with this connection, for whoever leases it next, until it is closed: nobody of another tenant ever
    /// gets it, and nobody at all while the lease is not returned.
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

    // A broken one may still be running its last statement on the server: its place is free when that has ended.
    private bool IsWhole => Connection.State is ConnectionState.Open;
}
