using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Gives up what no document of one tenant has shown for a while, and notes when to look at it again.</summary>
internal sealed class PurgeUnusedFiles(UnusedFileMarkers hints, SystemTenantAccess gate, TenantDbFactory databases, IOptions<RetentionOptions> retention, TimeProvider clock)
{
    private const int AtOnce = 100;

    /// <returns>How many were removed.</returns>
    public async Task<int> RunAsync(UnusedFileMarker hint, CancellationToken ct)
    {
        var removed = 0;
        DateTimeOffset? next = null;
        if (await gate.EnterAsync(hint.TenantId, Actor.Job(PurgeUnusedFilesJob.Name), ct) is { } scope)
        {
            await using var db = await databases.OpenAsync(scope, ct);
            int batch;
            do
            {
                batch = (await UnusedFiles.RemoveAsync(db, clock.GetUtcNow() - retention.Value.KeepUnused, fileId: null, AtOnce, ct)).Count;
                removed += batch;
                db.ChangeTracker.Clear();
            }
            while (batch == AtOnce);

            next = await UnusedFiles.FirstDueAsync(db, retention.Value.KeepUnused, ct);
        }

        await hints.SettleAsync(hint, next, ct);
        return removed;
    }
}
