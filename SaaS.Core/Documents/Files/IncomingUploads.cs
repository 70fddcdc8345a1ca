using Microsoft.Extensions.Options;
using SaaS.Core.RateLimiting;

namespace SaaS.Core.Documents.Files;

/// <summary>How much of its quota a tenant has left.</summary>
/// <param name="Quota">Bytes that the tenant may store.</param>
/// <param name="Free">Bytes of it that are not stored yet.</param>
internal sealed record StorageRoom(long Quota, long Free);

/// <summary>The uploads that this process is receiving: they count against their tenant's quota while they come, and an account has only so many.</summary>
internal sealed class IncomingUploads(IOptions<UploadOptions> uploads, IOptions<RequestLimitOptions> requests, TimeProvider clock)
{
    /// <summary>How long what was read of a tenant's quota is good enough for deciding early. At the commit it is counted to the byte.</summary>
    private static readonly TimeSpan RoomLifetime = TimeSpan.FromSeconds(1);

    /// <summary>So much of a single upload is received before its quota is read: a small one never costs that.</summary>
    private const long ReceivedUnasked = 1024 * 1024;

    private readonly Lock _changing = new();
    private readonly Dictionary<Guid, int> _ofAccounts = [];
    private readonly Dictionary<Guid, TenantUploads> _ofTenants = [];

    /// <summary>Begins to receive an upload.</summary>
    /// <param name="readRoom">Reads how much room the tenant has.</param>
    /// <returns>Null when the account is sending as many as it may.</returns>
    public IncomingUpload? TryBegin(Guid tenantId, Guid accountId, Func<CancellationToken, Task<StorageRoom>> readRoom)
    {
        lock (_changing)
        {
            var already = _ofAccounts.GetValueOrDefault(accountId);
            if (already >= uploads.Value.PerAccount)
            {
                return null;
            }

            _ofAccounts[accountId] = already + 1;
            if (!_ofTenants.TryGetValue(tenantId, out var tenant))
            {
                _ofTenants[tenantId] = tenant = new TenantUploads();
            }

            tenant.Count++;
            return new IncomingUpload(this, tenantId, accountId, readRoom);
        }
    }

    /// <summary>How many bytes of a tenant's uploads have come at this moment.</summary>
    internal long BytesOf(Guid tenantId)
    {
        lock (_changing)
        {
            return _ofTenants.GetValueOrDefault(tenantId)?.Bytes ?? 0;
        }
    }

    internal CancellationTokenSource NewDeadline() => new(uploads.Value.Timeout, clock);

    internal long Now => clock.GetTimestamp();

    /// <summary>How long a sender that has sent so much may still take.</summary>
    internal TimeSpan RemainingTime(long received, long began)
    {
        var elapsed = clock.GetElapsedTime(began);
        var slowest = requests.Value.BodyGrace + TimeSpan.FromSeconds((double)received / uploads.Value.MinBytesPerSecond);
        var remaining = (slowest < uploads.Value.Timeout ? slowest : uploads.Value.Timeout) - elapsed;
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    internal async Task<bool> TryAddAsync(IncomingUpload upload, int bytes, CancellationToken ct)
    {
        TenantUploads tenant;
        lock (_changing)
        {
            tenant = _ofTenants[upload.TenantId];
            tenant.Bytes += bytes;
            if (tenant.Count == 1 && upload.Received <= ReceivedUnasked)
            {
                return true;
            }

            if (tenant.Room is { } known && clock.GetElapsedTime(tenant.RoomReadAt) < RoomLifetime)
            {
                return tenant.Admits(known);
            }
        }

        var room = await upload.ReadRoomAsync(ct);
        lock (_changing)
        {
            (tenant.Room, tenant.RoomReadAt) = (room, clock.GetTimestamp());
            return tenant.Admits(room);
        }
    }

    internal void End(IncomingUpload upload)
    {
        lock (_changing)
        {
            if (_ofAccounts[upload.AccountId] is 1)
            {
                _ofAccounts.Remove(upload.AccountId);
            }
            else
            {
                _ofAccounts[upload.AccountId]--;
            }

            var tenant = _ofTenants[upload.TenantId];
            tenant.Bytes -= upload.Received;
            if (--tenant.Count == 0)
            {
                _ofTenants.Remove(upload.TenantId);
            }
        }
    }

    private sealed class TenantUploads
    {
        public int Count { get; set; }

        public long Bytes { get; set; }

        public StorageRoom? Room { get; set; }

        public long RoomReadAt { get; set; }

        // A single upload may be of content that the tenant has already, which takes no room; no content is larger than the quota.
        public bool Admits(StorageRoom room) => Bytes <= (Count == 1 ? room.Quota : room.Free);
    }
}

/// <summary>An upload that is being received.</summary>
internal sealed class IncomingUpload(IncomingUploads all, Guid tenantId, Guid accountId, Func<CancellationToken, Task<StorageRoom>> readRoom) : IDisposable
{
    private readonly CancellationTokenSource _deadline = all.NewDeadline();
    private readonly long _began = all.Now;
    private bool _hasEnded;

    public Guid TenantId => tenantId;

    public Guid AccountId => accountId;

    /// <summary>Bytes that have come.</summary>
    public long Received { get; private set; }

    /// <summary>Cancelled when the sender takes too long.</summary>
    public CancellationToken TooSlow => _deadline.Token;

    public Task<StorageRoom> ReadRoomAsync(CancellationToken ct) => readRoom(ct);

    /// <summary>Counts what has come.</summary>
    /// <returns>False when the tenant has no room for it.</returns>
    public Task<bool> TryAddAsync(int bytes, CancellationToken ct)
    {
        Received += bytes;
        _deadline.CancelAfter(all.RemainingTime(Received, _began));
        return all.TryAddAsync(this, bytes, ct);
    }

    /// <summary>What was received counts no more: it is stored, or thrown away.</summary>
    public void Dispose()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            all.End(this);
            _deadline.Dispose();
        }
    }
}
