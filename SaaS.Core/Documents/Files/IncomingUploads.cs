using Microsoft.Extensions.Options;
using SaaS.Core.RateLimiting;

namespace SaaS.Core.Documents.Files;

/// <summary>The storage quota of a tenant and what remains of it.</summary>
/// <param name="Quota">The quota in bytes.</param>
/// <param name="Free">Bytes of the quota that are not stored yet.</param>
internal sealed record RemainingQuota(long Quota, long Free);

/// <summary>
/// Tracks the uploads that this process is receiving. They count against the tenant's quota while they arrive, and their number per account
/// is limited.
/// </summary>
internal sealed class IncomingUploads(IOptions<UploadOptions> uploads, IOptions<RequestLimitOptions> requests, TimeProvider clock)
{
    /// <summary>The time that a cached quota is used for early rejection; the commit counts exactly.</summary>
    private static readonly TimeSpan QuotaCacheLifetime = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of a single upload that are received before its quota is read, which spares small uploads the query.</summary>
    private const long MaxUncheckedBytes = 1024 * 1024;

    private readonly Lock _changing = new();
    private readonly Dictionary<Guid, int> _ofAccounts = [];
    private readonly Dictionary<Guid, TenantUploads> _ofTenants = [];

    /// <summary>Begins an upload.</summary>
    /// <param name="readQuota">Reads the remaining quota of the tenant.</param>
    /// <returns>Null when the account has reached its limit of concurrent uploads.</returns>
    public IncomingUpload? TryBegin(Guid tenantId, Guid accountId, Func<CancellationToken, Task<RemainingQuota>> readQuota)
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
            return new IncomingUpload(this, tenantId, accountId, readQuota);
        }
    }

    /// <summary>Returns the bytes that the tenant's current uploads have received.</summary>
    internal long GetReceivedBytes(Guid tenantId)
    {
        lock (_changing)
        {
            return _ofTenants.GetValueOrDefault(tenantId)?.Bytes ?? 0;
        }
    }

    internal CancellationTokenSource NewDeadline() => new(uploads.Value.Timeout, clock);

    internal long Now => clock.GetTimestamp();

    /// <summary>Returns how much longer the sender may take.</summary>
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
            if (tenant.Count == 1 && upload.Received <= MaxUncheckedBytes)
            {
                return true;
            }

            if (tenant.RemainingQuota is { } known && clock.GetElapsedTime(tenant.QuotaReadAt) < QuotaCacheLifetime)
            {
                return tenant.Admits(known);
            }
        }

        var remaining = await upload.ReadRemainingQuotaAsync(ct);
        lock (_changing)
        {
            (tenant.RemainingQuota, tenant.QuotaReadAt) = (remaining, clock.GetTimestamp());
            return tenant.Admits(remaining);
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

        public RemainingQuota? RemainingQuota { get; set; }

        public long QuotaReadAt { get; set; }

        // A single upload may repeat stored content, which needs no space, so only the whole quota limits it.
        public bool Admits(RemainingQuota remaining) => Bytes <= (Count == 1 ? remaining.Quota : remaining.Free);
    }
}

/// <summary>An upload that is being received.</summary>
internal sealed class IncomingUpload(
    IncomingUploads all,
    Guid tenantId,
    Guid accountId,
    Func<CancellationToken, Task<RemainingQuota>> readQuota
) : IDisposable
{
    private readonly CancellationTokenSource _deadline = all.NewDeadline();
    private readonly long _began = all.Now;
    private bool _hasEnded;

    public Guid TenantId => tenantId;

    public Guid AccountId => accountId;

    /// <summary>Received bytes.</summary>
    public long Received { get; private set; }

    /// <summary>Cancelled when the sender is too slow.</summary>
    public CancellationToken TooSlow => _deadline.Token;

    public Task<RemainingQuota> ReadRemainingQuotaAsync(CancellationToken ct) => readQuota(ct);

    /// <summary>Counts received bytes.</summary>
    /// <returns>False when the tenant's quota is exceeded.</returns>
    public Task<bool> TryAddAsync(int bytes, CancellationToken ct)
    {
        Received += bytes;
        _deadline.CancelAfter(all.RemainingTime(Received, _began));
        return all.TryAddAsync(this, bytes, ct);
    }

    /// <summary>Stops counting the received bytes against the quota.</summary>
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
