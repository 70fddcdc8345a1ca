using Microsoft.Extensions.Options;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents.Files;

/// <summary>When the last document of a file is gone, notes when the file may go as well.</summary>
internal sealed class MarkUnusedFile(UnusedFileMarkers hints, IOptions<RetentionOptions> retention, TimeProvider clock) : TenantEventConsumer<DocumentDeleted>
{
    public const string Name = "mark-unused-file";

    public override async Task ConsumeAsync(DocumentDeleted fact, TenantDbContext db, CancellationToken ct)
    {
        if (fact.FileOrphaned)
        {
            await hints.MarkAsync(db.Scope.TenantId, dueAt: clock.GetUtcNow() + retention.Value.KeepUnused, ct);
        }
    }
}
