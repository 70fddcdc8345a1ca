using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy;

/// <summary>The limits that apply to a tenant.</summary>
/// <param name="MaxMembers">The maximum number of members.</param>
/// <param name="MaxDocuments">The maximum number of documents.</param>
/// <param name="MaxStorageBytes">The maximum of stored content in bytes; the same content is counted once.</param>
public sealed record EffectiveQuotas(int MaxMembers, int MaxDocuments, long MaxStorageBytes)
{
    /// <summary>Returns the tenant's limits, and the platform's where the tenant has none.</summary>
    internal static EffectiveQuotas From(TenantQuotas tenant, QuotaOptions platform) =>
        new(
            tenant.MaxMembers ?? platform.MaxMembers,
            tenant.MaxDocuments ?? platform.MaxDocuments,
            tenant.MaxStorageBytes ?? platform.MaxStorageBytes
        );

    internal static readonly Problem Exceeded = new(ProblemKind.Conflict, "QUOTA_EXCEEDED", "The tenant has as much as it may have");

    internal Problem MembersExceeded(int members) =>
        CreateProblem("max_members", $"The tenant has {members} members and may have {MaxMembers}");

    /// <summary>Creates the problem that names the quota which one more document of this size would exceed.</summary>
    internal async Task<Problem> ContentExceededAsync(TenantDbContext db, long bytes, CancellationToken ct)
    {
        var usage = await db.ContentUsage.AsNoTracking().SingleAsync(ct);
        return usage.Documents + 1 > MaxDocuments
            ? CreateProblem("max_documents", $"The tenant has {usage.Documents} documents and may have {MaxDocuments}")
            : CreateProblem(
                "max_storage_bytes",
                $"The tenant has {usage.StorageBytes} bytes of content and may have {MaxStorageBytes}; this file has {bytes}"
            );
    }

    /// <summary>Creates the problem of an upload in progress that would exceed the quota together with other uploads in progress.</summary>
    internal static Problem StorageExceeded(long maxBytes) =>
        CreateProblem(
            "max_storage_bytes",
            $"The tenant may have {maxBytes} bytes of content; with what is being uploaded at the moment this would be more"
        );

    private static Problem CreateProblem(string quota, string message) =>
        Exceeded with
        {
            Message = message,
            Details = new Dictionary<string, string[]> { [quota] = [$"{message}."] },
        };
}

/// <summary>The limits of tenants without limits of their own.</summary>
public sealed class QuotaOptions
{
    /// <summary>The maximum number of members of one tenant.</summary>
    [Range(1, 1_000_000)]
    public int MaxMembers { get; init; } = 1_000;

    /// <summary>The maximum number of documents in one tenant.</summary>
    [Range(1, int.MaxValue)]
    public int MaxDocuments { get; init; } = 1_000_000;

    /// <summary>The maximum of stored content in one tenant, in bytes.</summary>
    [Range(1, long.MaxValue)]
    public long MaxStorageBytes { get; init; } = 100L * 1024 * 1024 * 1024;
}
