using SaaS.Platform.Objects;

namespace SaaS.Tests.Engines;

public sealed class DiskObjectStoreTests : IDisposable
{
    private static readonly ObjectKey Key = ObjectKey.OfFile(Guid.Empty, Guid.Empty, "0123456789abcdef0123456789abcdef");
    private readonly string _root = Directory.CreateTempSubdirectory("saas-objects-").FullName;
    private readonly DiskObjectStore _store;

    public DiskObjectStoreTests() => _store = new DiskObjectStore(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_object_is_put_read_and_deleted()
    {
        await _store.PutAsync(Key, new MemoryStream([1, 2, 3]), CancellationToken.None);
        await using (var content = await _store.OpenAsync(Key, CancellationToken.None))
        {
            Assert.Equal(3, content!.Length);
        }

        await _store.DeleteAsync(Key, CancellationToken.None);
        await _store.DeleteAsync(Key, CancellationToken.None);
        Assert.Null(await _store.OpenAsync(Key, CancellationToken.None));
    }

    [Fact]
    public async Task A_put_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<IOException>(() => _store.PutAsync(Key, new BreakingStream(), CancellationToken.None));

        Assert.Null(await _store.OpenAsync(Key, CancellationToken.None));
        Assert.Empty(Directory.GetFiles(_root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_key_begins_with_its_tenant()
    {
        Assert.Equal("tenants/00000000-0000-0000-0000-000000000000/files/01/23/0123456789abcdef0123456789abcdef_00000000-0000-0000-0000-000000000000", Key.Value);
    }

    private sealed class BreakingStream : MemoryStream
    {
        public BreakingStream()
            : base(new byte[1000])
        {
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            destination.Write(new byte[500]);
            throw new IOException("the client went away");
        }
    }
}
