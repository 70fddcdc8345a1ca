using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

/// <summary>
/// The documents and bytes that a tenant stores, in one row. It is updated in the transaction of every change of files and documents,
/// so that quotas hold exactly under concurrent uploads and no rows are counted.
/// </summary>
internal sealed class ContentUsage
{
    /// <summary>The id of the only row.</summary>
    public const int SingletonId = 1;

    public int Id { get; init; } = SingletonId;

    public long Documents { get; init; }

    /// <summary>Distinct stored contents, counted by a database trigger; see <c>FileCount</c>.</summary>
    public long Files { get; private init; }

    /// <summary>Bytes of stored content; the same content is counted once.</summary>
    public long StorageBytes { get; init; }

    /// <summary>Checks whether this much more may be stored. Takes no lock, so the result can be outdated.</summary>
    public static Task<bool> HasCapacityAsync(
        TenantDbContext db,
        EffectiveQuotas quotas,
        int documents,
        long bytes,
        CancellationToken ct
    ) =>
        db.ContentUsage.AnyAsync(
            usage => usage.Documents + documents <= quotas.MaxDocuments && usage.StorageBytes + bytes <= quotas.MaxStorageBytes,
            ct
        );

    /// <summary>Adds to the usage in the current transaction, and locks the row until its end.</summary>
    /// <returns>False when the quota would be exceeded; nothing is added then.</returns>
    public static async Task<bool> TryAddAsync(
        TenantDbContext db,
        EffectiveQuotas quotas,
        int documents,
        long bytes,
        CancellationToken ct
    ) =>
        await db
            .ContentUsage.Where(usage =>
                usage.Documents + documents <= quotas.MaxDocuments && usage.StorageBytes + bytes <= quotas.MaxStorageBytes
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(usage => usage.Documents, usage => usage.Documents + documents)
                        .SetProperty(usage => usage.StorageBytes, usage => usage.StorageBytes + bytes),
                ct
            ) == 1;

    /// <summary>Subtracts from the usage in the current transaction.</summary>
    public static Task SubtractAsync(TenantDbContext db, int documents, long bytes, CancellationToken ct) =>
        db.ContentUsage.ExecuteUpdateAsync(
            set =>
                set.SetProperty(usage => usage.Documents, usage => usage.Documents - documents)
                    .SetProperty(usage => usage.StorageBytes, usage => usage.StorageBytes - bytes),
            ct
        );

    internal sealed class Mapping : ITenantEntityConfiguration<ContentUsage>
    {
        public void Configure(EntityTypeBuilder<ContentUsage> builder)
        {
            builder.ToTable("content_usage", table => table.HasCheckConstraint("ck_content_usage_one_row", "id = 1"));
            builder.Property(usage => usage.Id).ValueGeneratedNever();
        }
    }
}
