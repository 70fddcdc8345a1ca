using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

/// <summary>How much a tenant may have. Each limit that is null is the platform's.</summary>
internal sealed class TenantQuotas
{
    public int? MaxMembers { get; init; }

    public int? MaxDocuments { get; init; }

    /// <summary>Bytes of stored content, each counted once.</summary>
    public long? MaxStorageBytes { get; init; }

    /// <summary>Requests into the tenant a minute, by all of its members together.</summary>
    public int? MaxRequestsPerMinute { get; init; }

    /// <summary>With the platform's limits where the tenant has none of its own.</summary>
    public EffectiveQuotas Or(QuotaOptions platform) =>
        new(MaxMembers ?? platform.MaxMembers, MaxDocuments ?? platform.MaxDocuments, MaxStorageBytes ?? platform.MaxStorageBytes);
}

/// <summary>How much a tenant may have, after all.</summary>
/// <param name="MaxMembers">Accounts that may act in it.</param>
/// <param name="MaxDocuments">Documents.</param>
/// <param name="MaxStorageBytes">Bytes of stored content; the same content is counted once.</param>
public sealed record EffectiveQuotas(int MaxMembers, int MaxDocuments, long MaxStorageBytes)
{
    internal static readonly Problem Exceeded = new(ProblemKind.Conflict, "QUOTA_EXCEEDED", "The tenant has as much as it may have");

    internal Problem MembersExceeded(int members) => Of("max_members", $"The tenant has {members} members and may have {MaxMembers}");

    /// <summary>Names the quota that one more document, with so many bytes more, would exceed.</summary>
    internal async Task<Problem> ContentExceededAsync(TenantDbContext db, long bytes, CancellationToken ct)
    {
        var usage = await db.ContentUsage.AsNoTracking().SingleAsync(ct);
        return usage.Documents + 1 > MaxDocuments
            ? Of("max_documents", $"The tenant has {usage.Documents} documents and may have {MaxDocuments}")
            : Of("max_storage_bytes", $"The tenant has {usage.StorageBytes} bytes of content and may have {MaxStorageBytes}; this file has {bytes}");
    }

    /// <summary>Refuses content that is not received whole, for which no room is left together with what else is coming.</summary>
    internal static Problem StorageExceeded(long maxBytes) =>
        Of("max_storage_bytes", $"The tenant may have {maxBytes} bytes of content; with what is being uploaded at the moment this would be more");

    private static Problem Of(string quota, string message) => Exceeded with { Message = message, Details = new Dictionary<string, string[]> { [quota] = [$"{message}."] } };
}

/// <summary>The limits of tenants that have none of their own.</summary>
public sealed class QuotaOptions
{
    /// <summary>Accounts in one tenant.</summary>
    [Range(1, 1_000_000)]
    public int MaxMembers { get; init; } = 1_000;

    /// <summary>Documents in one tenant.</summary>
    [Range(1, int.MaxValue)]
    public int MaxDocuments { get; init; } = 1_000_000;

    /// <summary>Bytes of stored content in one tenant.</summary>
    [Range(1, long.MaxValue)]
    public long MaxStorageBytes { get; init; } = 100L * 1024 * 1024 * 1024;
}
