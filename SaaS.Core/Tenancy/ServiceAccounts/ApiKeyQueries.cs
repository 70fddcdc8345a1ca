using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

internal static class ApiKeyQueries
{
    /// <summary>Queries one API key of a service account of this tenant.</summary>
    public static IQueryable<ApiKey> QueryApiKey(this ControlDbContext db, Guid tenantId, Guid serviceAccountId, Guid keyId) =>
        db.ApiKeys.Where(key =>
            key.Id == keyId
            && key.ServiceAccountId == serviceAccountId
            && db.Set<ServiceAccount>().Any(account => account.Id == serviceAccountId && account.TenantId == tenantId)
        );
}
