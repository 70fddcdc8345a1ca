namespace SaaS.Core.Tenancy.Catalog;

/// <summary>The limits of one tenant. The platform's limit applies where one is null.</summary>
internal sealed class TenantQuotas
{
    public int? MaxMembers { get; init; }

    public int? MaxDocuments { get; init; }

    /// <summary>Bytes of stored content; the same content is counted once.</summary>
    public long? MaxStorageBytes { get; init; }

    /// <summary>Requests per minute to the tenant, by all of its members together.</summary>
    public int? MaxRequestsPerMinute { get; init; }
}
