using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents.Files;

/// <summary>Takes the bytes of a file away whose row is gone. No other file can have them: the key has the file's id in it.</summary>
internal sealed class DeleteObject(ObjectStore objects) : TenantEventConsumer<FileDeleted>
{
    public const string Name = "delete-object";

    public override Task PrepareAsync(FileDeleted fact, TenantScope scope, CancellationToken ct) =>
        objects.DeleteAsync(ObjectKey.OfFile(scope.TenantId, fact.FileId, fact.Md5), ct);

    public override Task ConsumeAsync(FileDeleted fact, TenantDbContext db, CancellationToken ct) => Task.CompletedTask; // that it is done is recorded with the event
}
