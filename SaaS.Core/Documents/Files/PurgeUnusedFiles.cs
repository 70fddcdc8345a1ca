using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Documents.Files;

/// <summary>Purges the unused files of one tenant, and sets when the tenant is due again.</summary>
internal sealed class PurgeUnusedFiles(
    UnusedFileMarkers markers,
    SystemTenantAccess access,
    TenantDbFactory databases,
    IOptions<RetentionOptions> retention,
    TimeProvider clock
)
{
    private const int AtOnce = 100;

    /// <returns>The number of purged files.</returns>
    public async Task<int> RunAsync(UnusedFileMarker marker, CancellationToken ct)
    {
        var removed = 0;
        DateTimeOffset? next = null;
        if (await access.GetScopeAsync(marker.TenantId, Actor.Job(PurgeUnusedFilesJob.Name), ct) is { } scope)
        {
            await using var db = await databases.OpenAsync(scope, ct);
            int batch;
            do
            {
                batch = (await UnusedFiles.PurgeAsync(db, clock.GetUtcNow() - retention.Value.UnusedRetention, fileId: null, AtOnce, ct)).Count;
                removed += batch;
                db.ChangeTracker.Clear();
            } while (batch == AtOnce);

            next = await UnusedFiles.GetFirstDueAsync(db, retention.Value.UnusedRetention, ct);
        }

        await markers.RescheduleAsync(marker, next, ct);
        return removed;
    }
}

/// <summary>The time that unused content is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>
    /// How long content without documents is kept. Uploading it again within this time needs no transfer to the object store.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan UnusedRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The time that an object without a file is kept; longer than any upload takes from its object to its row.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan OrphanRetention { get; init; } = TimeSpan.FromHours(24);
}
