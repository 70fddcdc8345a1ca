using Microsoft.Extensions.Options;
using SaaS.Core.RateLimiting;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations;

/// <summary>The effective quotas of a tenant: its own or the platform's limits.</summary>
/// <param name="MaxMembers">Maximum number of members.</param>
/// <param name="MaxDocuments">Maximum number of documents.</param>
/// <param name="MaxStorageBytes">Maximum size of stored content (bytes); identical content counts once.</param>
/// <param name="MaxRequestsPerMinute">Maximum number of requests per minute to the tenant, by all members together.</param>
public sealed record QuotasInForce(int MaxMembers, int MaxDocuments, long MaxStorageBytes, int MaxRequestsPerMinute);

/// <summary>The default quotas of the platform, for tenants without their own.</summary>
internal sealed class PlatformQuotas(IOptions<QuotaOptions> quotas, IOptions<RateLimitOptions> rates)
{
    public int MaxMembers => quotas.Value.MaxMembers;

    public int MaxDocuments => quotas.Value.MaxDocuments;

    public long MaxStorageBytes => quotas.Value.MaxStorageBytes;

    /// <summary>The configured limit, converted from its period to one minute.</summary>
    public int MaxRequestsPerMinute =>
        (int)Math.Min(int.MaxValue, rates.Value.Tenant.Permits * TimeSpan.FromMinutes(1) / rates.Value.Tenant.Period);
}
