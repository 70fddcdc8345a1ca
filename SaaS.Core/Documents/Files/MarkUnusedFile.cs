using Microsoft.Extensions.Options;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>Marks the tenant for purging when a file has lost its last document.</summary>
internal sealed class MarkUnusedFile(UnusedFileMarkers markers, IOptions<RetentionOptions> retention, TimeProvider clock)
    : TenantEventConsumer<DocumentDeleted>
{
    public const string Name = "mark-unused-file";

    public override async Task ConsumeAsync(DocumentDeleted fact, TenantDbContext db, CancellationToken ct)
    {
        if (fact.FileOrphaned)
        {
            await markers.MarkAsync(db.Scope.TenantId, dueAt: clock.GetUtcNow() + retention.Value.UnusedRetention, ct);
        }
    }
}
