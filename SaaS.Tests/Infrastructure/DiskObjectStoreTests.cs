using SaaS.Infrastructure.Objects;

namespace SaaS.Tests.Infrastructure;

public sealed class DiskObjectStoreTests : ObjectStoreTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("saas-objects-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_cancelled_put_leaves_no_file()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync(NewKey(), new MemoryStream([1]), given.Token));

        Assert.Empty(Directory.GetFiles(_root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_disk_store_signs_no_links()
    {
        var key = NewKey();
        await PutAsync(key, [1]);

        Assert.Null(Store.SignLink(key, Linked, TimeSpan.FromMinutes(1)));
    }

    internal override async Task<ObjectStore> OpenStoreAsync()
    {
        var store = new DiskObjectStore(_root);
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    internal override Task<bool> ListsUnfinishedAsync(ObjectPrefix prefix) => Task.FromResult(true);

    internal override async Task LeaveUnfinishedAsync(ObjectKey key)
    {
        var path = Path.Combine(_root, $"{key}.{Path.GetRandomFileName()}.part");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, [1]);
    }
}
