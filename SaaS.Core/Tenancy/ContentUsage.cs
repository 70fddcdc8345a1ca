using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy;

/// <summary>
/// How much a tenant has: one row, changed in the transaction of every change of files and documents, so that a quota holds
/// exactly, however many upload at once, and nobody counts a million rows.
/// </summary>
internal sealed class ContentUsage
{
    /// <summary>There is one row.</summary>
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    public long Documents { get; init; }

    /// <summary>Stored contents, each once; counted by the database itself, see <c>FileCount</c>.</summary>
    public long Files { get; private init; }

    /// <summary>Bytes of stored content, each content once.</summary>
    public long StorageBytes { get; init; }

    /// <summary>Whether this much more may be stored, as far as can be told without holding anybody up.</summary>
    public static Task<bool> HasRoomAsync(TenantDbContext db, EffectiveQuotas quotas, int documents, long bytes, CancellationToken ct) =>
        db.ContentUsage.AnyAsync(usage => usage.Documents + documents <= quotas.MaxDocuments && usage.StorageBytes + bytes <= quotas.MaxStorageBytes, ct);

    /// <summary>Adds to the usage, in the caller's transaction; other changes wait from here to its commit.</summary>
    /// <returns>False when the tenant would have more than it may have; nothing was added then.</returns>
    public static async Task<bool> TryAddAsync(TenantDbContext db, EffectiveQuotas quotas, int documents, long bytes, CancellationToken ct) =>
        await db.ContentUsage
            .Where(usage => usage.Documents + documents <= quotas.MaxDocuments && usage.StorageBytes + bytes <= quotas.MaxStorageBytes)
            .ExecuteUpdateAsync(set => set
                .SetProperty(usage => usage.Documents, usage => usage.Documents + documents)
                .SetProperty(usage => usage.StorageBytes, usage => usage.StorageBytes + bytes), ct) == 1;

    /// <summary>Takes from the usage, in the caller's transaction.</summary>
    public static Task TakeAsync(TenantDbContext db, int documents, long bytes, CancellationToken ct) =>
        db.ContentUsage.ExecuteUpdateAsync(set => set
            .SetProperty(usage => usage.Documents, usage => usage.Documents - documents)
            .SetProperty(usage => usage.StorageBytes, usage => usage.StorageBytes - bytes), ct);

    internal sealed class Mapping : IEntityTypeConfiguration<ContentUsage>
    {
        public void Configure(EntityTypeBuilder<ContentUsage> builder)
        {
            builder.ToTable("content_usage", table => table.HasCheckConstraint("ck_content_usage_one_row", "id = 1"));
            builder.Property(usage => usage.Id).ValueGeneratedNever();
        }
    }
}
