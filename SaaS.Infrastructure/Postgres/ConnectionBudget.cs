namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Tracks the connection budget: slots in use, waiting requests, and idle connections to evict. It opens and closes nothing itself, so that
/// nothing is awaited under its lock; a slot that is being closed counts until <see cref="Release"/>.
/// </summary>
/// <param name="size">The number of slots.</param>
/// <param name="perTenant">The maximum of slots that one tenant may use at once.</param>
/// <param name="close">Begins to close a connection. It is called under the lock, so it must not block.</param>
internal sealed class ConnectionBudget(int size, int perTenant, Action<ConnectionSlot> close)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseAddress, TenantSlots> _tenants = [];
    private readonly LinkedList<ConnectionSlot> _idle = []; // least recently used first
    private readonly LinkedList<ConnectionWaiter> _waiting = [];
    private int _free = size;
    private int _closing;
    private bool _ended;

    /// <summary>The number of waiting requests.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes a slot if one is available at once.</summary>
    public ConnectionSlot? TryTake(DatabaseAddress address)
    {
        lock (_gate)
        {
            return TryTake(TenantOf(address));
        }
    }

    /// <summary>Joins the queue. The longest-waiting request is served first, as soon as its tenant may use another slot.</summary>
    public LinkedListNode<ConnectionWaiter> Queue(DatabaseAddress address)
    {
        lock (_gate)
        {
            var node = _waiting.AddLast(new ConnectionWaiter(TenantOf(address)));
            node.Value.Tenant.Waiting++;
            ServeQueue();
            return node;
        }
    }

    /// <summary>Leaves the queue.</summary>
    /// <returns>False when a slot was assigned meanwhile, which the caller must use or return.</returns>
    public bool TryLeave(LinkedListNode<ConnectionWaiter> node)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return false;
            }

            _waiting.Remove(node);
            node.Value.Tenant.Waiting--;
            RemoveIfUnused(node.Value.Tenant);
            return true;
        }
    }

    /// <summary>Returns a slot with its connection to the pool.</summary>
    public void Return(ConnectionSlot slot, long now)
    {
        lock (_gate)
        {
            slot.Tenant.InUse.Remove(slot);
            if (slot.MustClose || _ended)
            {
                BeginClosing(slot);
            }
            else
            {
                slot.IdleSince = now;
                slot.Tenant.Idle.Add(slot);
                _idle.AddLast(slot.Node);
            }

            ServeQueue();
        }
    }

    /// <summary>Frees a slot after its connection is closed and its server process has ended.</summary>
    public void Release(ConnectionSlot slot)
    {
        lock (_gate)
        {
            _closing--;
            _free++;
            slot.Tenant.CountHeld(-1);
            RemoveIfUnused(slot.Tenant);
            ServeQueue();
        }

        slot.MarkClosed();
    }

    /// <summary>Closes the idle connections of a tenant now, and the others when they are returned.</summary>
    /// <returns>The slots that are being closed now.</returns>
    public IReadOnlyList<ConnectionSlot> MarkForClose(DatabaseAddress address)
    {
        lock (_gate)
        {
            if (!_tenants.TryGetValue(address, out var tenant))
            {
                return [];
            }

            foreach (var used in tenant.InUse)
            {
                used.MustClose = true;
            }

            return CloseIdle([.. tenant.Idle]);
        }
    }

    /// <summary>Closes connections that have been idle since before this timestamp.</summary>
    public void CloseIdleSince(long then)
    {
        lock (_gate)
        {
            CloseIdle([.. _idle.TakeWhile(slot => slot.IdleSince <= then)]);
        }
    }

    /// <summary>Closes all connections permanently.</summary>
    /// <returns>The slots that are being closed now.</returns>
    public IReadOnlyList<ConnectionSlot> CloseAll()
    {
        lock (_gate)
        {
            _ended = true;
            return CloseIdle([.. _idle]);
        }
    }

    private TenantSlots TenantOf(DatabaseAddress address)
    {
        if (!_tenants.TryGetValue(address, out var tenant))
        {
            tenant = new TenantSlots(address);
            _tenants.Add(address, tenant);
        }

        return tenant;
    }

    private ConnectionSlot? TryTake(TenantSlots tenant)
    {
        ConnectionSlot slot;
        if (tenant.InUse.Count >= perTenant)
        {
            return null;
        }

        if (tenant.Idle is [.., var latest])
        {
            slot = latest;
            LeaveIdle(slot);
        }
        else if (_free > 0)
        {
            _free--;
            slot = new ConnectionSlot(tenant);
            tenant.CountHeld(1);
        }
        else
        {
            return null;
        }

        tenant.InUse.Add(slot);
        return slot;
    }

    private void ServeQueue()
    {
        foreach (var waiter in _waiting)
        {
            waiter.Tenant.Promised = 0;
        }

        var wanted = 0;
        var node = _waiting.First;
        while (node is not null && (_free > 0 || _idle.Count > 0))
        {
            var (waiter, current) = (node.Value, node);
            node = node.Next;

            if (TryTake(waiter.Tenant) is { } slot)
            {
                _waiting.Remove(current);
                waiter.Tenant.Waiting--;
                waiter.Serve(slot);
            }
            else if (waiter.Tenant.InUse.Count + waiter.Tenant.Promised < perTenant)
            {
                waiter.Tenant.Promised++;
                if (++wanted > _closing && _idle.First is { Value: var oldest })
                {
                    TenantConnectionMetrics.Evictions.Add(1);
                    CloseIdle([oldest]);
                }
            }
        }
    }

    private List<ConnectionSlot> CloseIdle(List<ConnectionSlot> slots)
    {
        foreach (var slot in slots)
        {
            LeaveIdle(slot);
            BeginClosing(slot);
        }

        return slots;
    }

    private void LeaveIdle(ConnectionSlot slot)
    {
        slot.Tenant.Idle.Remove(slot);
        _idle.Remove(slot.Node);
    }

    private void BeginClosing(ConnectionSlot slot)
    {
        _closing++;
        close(slot);
    }

    private void RemoveIfUnused(TenantSlots tenant)
    {
        if (tenant is { Held: 0, Waiting: 0 })
        {
            _tenants.Remove(tenant.Address);
        }
    }
}
