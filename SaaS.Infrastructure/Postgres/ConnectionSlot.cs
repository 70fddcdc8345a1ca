using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// The slot of one physical connection in the budget. It has a pool of one connection, so that exactly this connection can be closed for
/// another tenant.
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

    /// <summary>The node in the list of idle slots of all tenants.</summary>
    public LinkedListNode<ConnectionSlot> Node { get; }

    /// <summary>Null until the first connection is requested.</summary>
    public NpgsqlDataSource? Source { get; set; }

    /// <summary>The server process behind the connection; 0 while there is none.</summary>
    public int ProcessId { get; set; }

    /// <summary>State that the lease attaches to the connection.</summary>
    public object? AttachedState { get; set; }

    /// <summary>True when the connection is closed as soon as it is returned.</summary>
    public bool MustClose { get; set; }

    public long IdleSince { get; set; }

    /// <summary>Completes when the server process has ended and the slot is free again.</summary>
    public Task Closed => _closed.Task;

    public void MarkClosed() => _closed.TrySetResult();
}

/// <summary>The slots of one tenant.</summary>
internal sealed class TenantSlots(DatabaseAddress address)
{
    public DatabaseAddress Address { get; } = address;

    /// <summary>Idle connections, most recently used last.</summary>
    public List<ConnectionSlot> Idle { get; } = [];

    public HashSet<ConnectionSlot> InUse { get; } = [];

    /// <summary>All slots: in use, idle, and being closed.</summary>
    public int Held { get; private set; }

    public int Waiting { get; set; }

    /// <summary>The number of slots that are reserved for this tenant within one pass over the queue.</summary>
    public int Promised { get; set; }

    public void CountHeld(int change)
    {
        var before = Held;
        Held += change;
        TenantConnectionMetrics.Open.Add(change);
        TenantConnectionMetrics.Tenants.Add(Math.Min(Held, 1) - Math.Min(before, 1));
    }
}

/// <summary>A request that waits for a connection to this tenant.</summary>
internal sealed class ConnectionWaiter(TenantSlots tenant)
{
    private readonly TaskCompletionSource<ConnectionSlot> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TenantSlots Tenant { get; } = tenant;

    public Task<ConnectionSlot> Turn => _turn.Task;

    public void Serve(ConnectionSlot slot) => _turn.SetResult(slot);
}
