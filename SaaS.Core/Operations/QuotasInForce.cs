using Microsoft.Extensions.Options;
using SaaS.Core.RateLimiting;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations;

/// <summary>How much a tenant may have, by agreement or by the platform's limits.</summary>
/// <param name="MaxMembers">Accounts that may act in it.</param>
/// <param name="MaxDocuments">Documents.</param>
/// <param name="MaxStorageBytes">Bytes of stored content; the same content is counted once.</param>
/// <param name="MaxRequestsPerMinute">Requests into the tenant a minute, by all of its members together.</param>
public sealed record QuotasInForce(int MaxMembers, int MaxDocuments, long MaxStorageBytes, int MaxRequestsPerMinute);

/// <summary>The limits of the platform, for tenants with which nothing else was agreed.</summary>
internal sealed class PlatformQuotas(IOptions<QuotaOptions> quotas, IOptions<RateLimitOptions> rates)
{
    public int MaxMembers => quotas.Value.MaxMembers;

    public int MaxDocuments => quotas.Value.MaxDocuments;

    public long MaxStorageBytes => quotas.Value.MaxStorageBytes;

    /// <summary>The configured limit has a period of its own.</summary>
    public int MaxRequestsPerMinute => (int)Math.Min(int.MaxValue, rates.Value.Tenant.Permits * TimeSpan.FromMinutes(1) / rates.Value.Tenant.Period);
}
