using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents.Files;

/// <summary>Deletes the object of a removed file. The key contains the file's id, so no other file can share it.</summary>
internal sealed class DeleteObject(ObjectStore objects) : TenantEventConsumer<FileDeleted>
{
    public const string Name = "delete-object";

    public override Task PrepareAsync(FileDeleted fact, TenantScope scope, CancellationToken ct) =>
        objects.DeleteAsync(ObjectKey.ForFile(scope.TenantId, fact.FileId, fact.Md5), ct);

    // Nothing to write: the dispatcher records that the event was consumed.
    public override Task ConsumeAsync(FileDeleted fact, TenantDbContext db, CancellationToken ct) => Task.CompletedTask;
}
