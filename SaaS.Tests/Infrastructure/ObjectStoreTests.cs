using SaaS.Infrastructure.Objects;

namespace SaaS.Tests.Infrastructure;

/// <summary>
/// Tests the contract of an object store, wherever the objects are stored. The tests of each store derive from this class.
/// </summary>
public abstract class ObjectStoreTests : IAsyncLifetime
{
    // Larger than the store under test uploads in one piece.
    protected const int Large = 12 * 1024 * 1024 + 5;

    protected static readonly LinkedFile Linked = new("report.pdf", "application/pdf");

    private const string Md5 = "0123456789abcdef0123456789abcdef";
    private readonly Guid _neighbour = NewId();

    internal ObjectStore Store { get; private set; } = null!;

    protected Guid Tenant { get; } = NewId();

    public async ValueTask InitializeAsync() => Store = await OpenStoreAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (Store is not null) // the test was skipped
        {
            await Store.DeleteAllAsync(ObjectKey.FilesOf(Tenant), CancellationToken.None);
            await Store.DeleteAllAsync(ObjectKey.FilesOf(_neighbour), CancellationToken.None);
            (Store as IDisposable)?.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(Large)]
    public async Task A_stored_object_is_read_back(int size)
    {
        var (key, content) = (NewKey(), BytesOf(size));
        await PutAsync(key, content);

        await using var opened = await OpenAsync(key);

        Assert.Equal(size, opened.Length);
        Assert.Equal(content, await ReadToEndAsync(opened));
        Assert.True(await Store.ExistsAsync(key, CancellationToken.None));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(65_535, 2)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_530, 600_000)]
    [InlineData(327_679, 2)]
    [InlineData(699_999, 1)]
    [InlineData(699_999, 10)]
    [InlineData(700_000, 10)]
    [InlineData(800_000, 10)]
    public async Task Any_range_is_read_in_any_order(long from, int count)
    {
        var (key, content) = (NewKey(), BytesOf(700_000));
        await PutAsync(key, content);

        await using var opened = await OpenAsync(key);
        foreach (var before in new[] { 0L, 100_000, 699_000 })
        {
            opened.Position = before;
            await opened.ReadExactlyAsync(new byte[1000]);
            Assert.Equal(before + 1000, opened.Position);

            Assert.Equal(from, opened.Seek(from, SeekOrigin.Begin));
            var buffer = new byte[count];
            var read = await opened.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false);

            Assert.Equal(content[(int)Math.Min(from, content.Length)..(int)Math.Min(from + count, content.Length)], buffer[..read]);
            Assert.Equal(from + read, opened.Position);
        }

        Assert.Equal(700_000 - 3, opened.Seek(-3, SeekOrigin.End));
        Assert.Equal(700_000 - 4, opened.Seek(-1, SeekOrigin.Current));
        Assert.Throws<ArgumentOutOfRangeException>(() => opened.Position = -1);
    }

    [Fact]
    public async Task A_missing_object_is_reported_as_missing()
    {
        Assert.Null(await Store.OpenAsync(NewKey(), CancellationToken.None));
        Assert.False(await Store.ExistsAsync(NewKey(), CancellationToken.None));
        Assert.Empty(await ListAsync(Tenant));
        await Store.DeleteAllAsync(ObjectKey.FilesOf(Tenant), CancellationToken.None);
    }

    [Fact]
    public async Task Deleting_an_object_is_idempotent()
    {
        var key = NewKey();
        await PutAsync(key, [1, 2, 3]);

        await Store.DeleteAsync(key, CancellationToken.None);
        await Store.DeleteAsync(key, CancellationToken.None);

        Assert.Null(await Store.OpenAsync(key, CancellationToken.None));
        Assert.False(await Store.ExistsAsync(key, CancellationToken.None));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Large)]
    public async Task Content_is_read_from_its_current_position_and_stays_open(int size)
    {
        var (key, bytes) = (NewKey(), BytesOf(size));
        await using var content = new MemoryStream(bytes) { Position = 7 };

        await Store.PutAsync(key, content, CancellationToken.None);

        await using var opened = await OpenAsync(key);
        Assert.Equal(bytes[7..], await ReadToEndAsync(opened));
        Assert.Equal((true, size), (content.CanRead, content.Position));
    }

    [Fact]
    public async Task A_list_contains_every_object_of_the_tenant_with_size_and_time()
    {
        var keys = Enumerable.Range(1, 7).ToDictionary(size => NewKey(), size => (long)size);
        foreach (var (key, size) in keys)
        {
            await PutAsync(key, BytesOf((int)size));
        }

        await PutAsync(NewKey(_neighbour), [1]);

        var listed = await ListAsync(Tenant);
        Assert.Equal(
            keys.OrderBy(pair => pair.Value),
            listed.ToDictionary(stored => stored.Key, stored => stored.Size).OrderBy(pair => pair.Value)
        );
        Assert.All(listed, stored => Assert.InRange(stored.StoredAt, Now.AddMinutes(-5), Now.AddMinutes(5)));
        Assert.All(listed, stored => Assert.Equal(TimeSpan.Zero, stored.StoredAt.Offset));
    }

    [Fact]
    public async Task Deleting_all_objects_of_a_tenant_keeps_those_of_others()
    {
        var (export, neighbours) = (ObjectKey.ForExport(Tenant), NewKey(_neighbour));
        foreach (var key in Enumerable.Range(0, 7).Select(_ => NewKey()).Append(export).Append(neighbours))
        {
            await PutAsync(key, [1, 2, 3]);
        }

        await LeaveUnfinishedAsync(NewKey());
        await Store.DeleteAllAsync(ObjectKey.FilesOf(Tenant), CancellationToken.None);

        Assert.Empty(await ListAsync(Tenant));
        Assert.Equal(0, await Store.DeleteUnfinishedAsync(ObjectKey.FilesOf(Tenant), DateTimeOffset.MaxValue, CancellationToken.None));
        Assert.True(await Store.ExistsAsync(neighbours, CancellationToken.None));
        Assert.True(await Store.ExistsAsync(export, CancellationToken.None));
        await Store.DeleteAsync(export, CancellationToken.None);
    }

    [Fact]
    public async Task The_same_file_id_in_two_tenants_is_two_objects()
    {
        var file = NewId();
        var (mine, theirs) = (ObjectKey.ForFile(Tenant, file, Md5), ObjectKey.ForFile(_neighbour, file, Md5));
        await PutAsync(mine, [1]);
        await PutAsync(theirs, [2, 2]);

        await Store.DeleteAsync(mine, CancellationToken.None);

        await using var opened = await OpenAsync(theirs);
        Assert.Equal([2, 2], await ReadToEndAsync(opened));
        Assert.Equal($"tenants/{Tenant}/files/01/23/{Md5}_{file}", mine.Value);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(Large)]
    public async Task A_put_with_failing_content_stores_nothing_and_rethrows(int size)
    {
        var key = NewKey();
        await using var content = new BreakingContent(size);

        var failure = await Assert.ThrowsAsync<IOException>(() => Store.PutAsync(key, content, CancellationToken.None));

        Assert.Equal(BreakingContent.Reason, failure.Message);
        await AssertNothingIsLeftAsync(key);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(Large)]
    public async Task A_put_cancelled_midway_throws_and_stores_nothing(int size)
    {
        var key = NewKey();
        using var given = new CancellationTokenSource();
        await using var content = new BreakingContent(size, given);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync(key, content, given.Token));

        await AssertNothingIsLeftAsync(key);
    }

    [Fact]
    public async Task Unfinished_uploads_of_one_object_are_deleted_by_its_key()
    {
        var (mine, other) = (NewKey(), NewKey());
        await PutAsync(mine, [1]);
        await LeaveUnfinishedAsync(mine);
        await LeaveUnfinishedAsync(mine);
        await LeaveUnfinishedAsync(other);

        Assert.Equal(2, await Store.DeleteUnfinishedAsync(mine, CancellationToken.None));
        Assert.Equal(0, await Store.DeleteUnfinishedAsync(mine, CancellationToken.None));
        Assert.True(await Store.ExistsAsync(mine, CancellationToken.None));
        Assert.Equal(1, await Store.DeleteUnfinishedAsync(other, CancellationToken.None));
    }

    [Fact]
    public async Task Unfinished_uploads_are_deleted_when_they_are_old_enough()
    {
        var finished = NewKey();
        await PutAsync(finished, [1]);
        await LeaveUnfinishedAsync(NewKey());
        await LeaveUnfinishedAsync(NewKey());
        Assert.SkipUnless(
            await ListsUnfinishedAsync(ObjectKey.FilesOf(Tenant)),
            "This server lists unfinished objects by their exact key alone."
        );

        Assert.Equal(0, await SweepAsync(Now.AddHours(-1)));
        Assert.Equal(2, await SweepAsync(Now.AddHours(1)));
        Assert.Equal(0, await SweepAsync(Now.AddHours(1)));
        Assert.Equal(finished, Assert.Single(await ListAsync(Tenant)).Key);

        Task<int> SweepAsync(DateTimeOffset begunBefore) =>
            Store.DeleteUnfinishedAsync(ObjectKey.FilesOf(Tenant), begunBefore, CancellationToken.None);
    }

    [Fact]
    public async Task Preparing_the_store_is_idempotent_and_passes_the_check()
    {
        await Store.PrepareAsync(CancellationToken.None);
        await Store.PrepareAsync(CancellationToken.None);
        await Store.CheckAsync(CancellationToken.None);
    }

    internal abstract Task<ObjectStore> OpenStoreAsync();

    /// <summary>Leaves the remains of a writer that was killed in the middle of a put.</summary>
    internal abstract Task LeaveUnfinishedAsync(ObjectKey key);

    /// <summary>Determines whether the store lists unfinished uploads below a prefix.</summary>
    internal abstract Task<bool> ListsUnfinishedAsync(ObjectPrefix prefix);

    internal ObjectKey NewKey() => NewKey(Tenant);

    internal Task PutAsync(ObjectKey key, byte[] content) => Store.PutAsync(key, new MemoryStream(content), CancellationToken.None);

    internal async Task<Stream> OpenAsync(ObjectKey key) =>
        Assert.IsAssignableFrom<Stream>(await Store.OpenAsync(key, CancellationToken.None));

    protected static byte[] BytesOf(int size)
    {
        var bytes = new byte[size];
#pragma warning disable CA5394 // the same bytes each time, and not a secret
        new Random(size).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }

    protected static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static Guid NewId() => Guid.CreateVersion7(Now);

    private static ObjectKey NewKey(Guid tenant) => ObjectKey.ForFile(tenant, NewId(), Md5);

    private ValueTask<List<StoredObject>> ListAsync(Guid tenant) =>
        Store.ListAsync(ObjectKey.FilesOf(tenant), CancellationToken.None).ToListAsync();

    private async Task AssertNothingIsLeftAsync(ObjectKey key)
    {
        Assert.Null(await Store.OpenAsync(key, CancellationToken.None));
        Assert.Empty(await ListAsync(Tenant));
        Assert.Equal(0, await Store.DeleteUnfinishedAsync(ObjectKey.FilesOf(Tenant), DateTimeOffset.MaxValue, CancellationToken.None));
    }

    /// <summary>Content that fails or is cancelled in the middle.</summary>
    private sealed class BreakingContent(int size, CancellationTokenSource? given = null) : MemoryStream(new byte[size])
    {
        public const string Reason = "the disk is broken";

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position <= Length / 2)
            {
                return await base.ReadAsync(buffer[..Math.Min(buffer.Length, 10_000)], cancellationToken);
            }

            await (given?.CancelAsync() ?? Task.CompletedTask);
            return given is null ? throw new IOException(Reason) : await base.ReadAsync(buffer, cancellationToken);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            var buffer = new byte[bufferSize];
            while (await ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
    }
}
