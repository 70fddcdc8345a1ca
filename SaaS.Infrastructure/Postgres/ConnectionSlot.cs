using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// The place of one physical connection in the budget. A pool of its own, of one connection, lets exactly this connection
/// be closed for another tenant, however busy its siblings are.
/// </summary>
internal sealed class ConnectionSlot
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConnectionSlot(TenantSlots tenant)
    {
        Tenant = tenant;
        Node = new LinkedListNode<ConnectionSlot>(this);
    }

    public TenantSlots Tenant { get; }

    /// <summary>Its place among the idle ones of all tenants.</summary>
    public LinkedListNode<ConnectionSlot> Node { get; }

    /// <summary>Null until the first connection is asked for.</summary>
    public NpgsqlDataSource? Source { get; set; }

    /// <summary>The server's process behind the connection; 0 while there is none.</summary>
    public int ProcessId { get; set; }

    /// <summary>What whoever leases it keeps with it.</summary>
    public object? AttachedState { get; set; }

    /// <summary>Goes back to nobody: it is closed as soon as it is returned.</summary>
    public bool IsDoomed { get; set; }

    public long IdleSince { get; set; }

    /// <summary>Done when the server has let go of the connection and the place is free again.</summary>
    public Task Closed => _closed.Task;

    public void SayClosed() => _closed.TrySetResult();
}

/// <summary>What one tenant has of the budget.</summary>
internal sealed class TenantSlots(DatabaseAddress address)
{
    public DatabaseAddress Address { get; } = address;

    /// <summary>Open connections that nobody uses, the most recently used last.</summary>
    public List<ConnectionSlot> Idle { get; } = [];

    public HashSet<ConnectionSlot> InUse { get; } = [];

    /// <summary>All of them: in use, idle, and those that are being closed.</summary>
    public int Held { get; private set; }

    public int Waiting { get; set; }

    /// <summary>Within one pass over the queue: how many places it has been given the prospect of.</summary>
    public int Promised { get; set; }

    public void CountHeld(int change)
    {
        var before = Held;
        Held += change;
        TenantConnectionMetrics.Open.Add(change);
        TenantConnectionMetrics.Tenants.Add(Math.Min(Held, 1) - Math.Min(before, 1));
    }
}

/// <summary>Somebody who stands in the queue for a connection to this tenant.</summary>
internal sealed class ConnectionWaiter(TenantSlots tenant)
{
    private readonly TaskCompletionSource<ConnectionSlot> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TenantSlots Tenant { get; } = tenant;

    public Task<ConnectionSlot> Turn => _turn.Task;

    public void Serve(ConnectionSlot slot) => _turn.SetResult(slot);
}
