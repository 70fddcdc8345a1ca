namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// The books of the budget: who holds which place, who waits, and whose idle connection gives way. It opens and closes
/// nothing itself, so that nothing is ever awaited under its lock. A place is free only after <see cref="Release"/>: what
/// is being closed still counts.
/// </summary>
/// <param name="size">How many places there are.</param>
/// <param name="perTenant">How many of them one tenant may use at once.</param>
/// <param name="close">Begins to close a connection; called under the lock, so it must only begin.</param>
internal sealed class ConnectionBudget(int size, int perTenant, Action<ConnectionSlot> close)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseAddress, TenantSlots> _tenants = [];
    private readonly LinkedList<ConnectionSlot> _idle = []; // the least recently used first
    private readonly LinkedList<ConnectionWaiter> _waiting = [];
    private int _free = size;
    private int _closing;
    private bool _ended;

    /// <summary>How many stand in the queue.</summary>
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

    /// <summary>Takes a place at once, or not at all.</summary>
    public ConnectionSlot? TryTake(DatabaseAddress address)
    {
        lock (_gate)
        {
            return TryTake(TenantOf(address));
        }
    }

    /// <summary>Joins the queue. Whoever has waited longest is served first, as soon as its tenant may have one more.</summary>
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
    /// <returns>False when the turn has come meanwhile: then there is a place to use or to return.</returns>
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
            ForgetIfUnused(node.Value.Tenant);
            return true;
        }
    }

    /// <summary>Gives a place back with its connection, for whoever asks for this tenant next, or for another one.</summary>
    public void Return(ConnectionSlot slot, long now)
    {
        lock (_gate)
        {
            slot.Tenant.InUse.Remove(slot);
            if (slot.IsDoomed || _ended)
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

    /// <summary>The connection is closed, and the server has let go of it.</summary>
    public void Release(ConnectionSlot slot)
    {
        lock (_gate)
        {
            _closing--;
            _free++;
            slot.Tenant.CountHeld(-1);
            ForgetIfUnused(slot.Tenant);
            ServeQueue();
        }

        slot.SayClosed();
    }

    /// <summary>Closes what this tenant holds: the idle ones now, the others when they are returned.</summary>
    /// <returns>Those that are being closed now.</returns>
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
                used.IsDoomed = true;
            }

            return CloseIdle([.. tenant.Idle]);
        }
    }

    /// <summary>Closes what nobody has used since then.</summary>
    public void CloseIdleSince(long then)
    {
        lock (_gate)
        {
            CloseIdle([.. _idle.TakeWhile(slot => slot.IdleSince <= then)]);
        }
    }

    /// <summary>Closes everything, for good.</summary>
    /// <returns>Those that are being closed now.</returns>
    public IReadOnlyList<ConnectionSlot> End()
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
        for (var node = _waiting.First; node is not null && (_free > 0 || _idle.Count > 0);)
        {
            var (waiter, here) = (node.Value, node);
            node = node.Next;

            if (TryTake(waiter.Tenant) is { } slot)
            {
                _waiting.Remove(here);
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

    private void ForgetIfUnused(TenantSlots tenant)
    {
        if (tenant is { Held: 0, Waiting: 0 })
        {
            _tenants.Remove(tenant.Address);
        }
    }
}
