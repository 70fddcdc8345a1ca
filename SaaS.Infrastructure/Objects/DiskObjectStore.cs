namespace SaaS.Infrastructure.Objects;

/// <summary>Stores objects as files in a folder: written to a temporary file, flushed to the disk, then renamed, which is atomic.</summary>
public sealed class DiskObjectStore(string root) : ObjectStore
{
    private const int CopiedAtOnce = 128 * 1024;
    private const int Unbuffered = 0; // callers bring their own buffer; one for each file would be allocated on the large object heap
    private const string Unfinished = ".part";

    public override async Task PutAsync(ObjectKey key, Stream content, CancellationToken ct)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A name that no other writer has: a crash leaves an orphaned object, never half of one.
        var unfinished = $"{path}.{Path.GetRandomFileName()}{Unfinished}";

        try
        {
            await using (
                var file = new FileStream(
                    unfinished,
                    FileMode.CreateNew,
                    FileAccess.Write,
                    FileShare.None,
                    Unbuffered,
                    FileOptions.Asynchronous
                )
            )
            {
                await content.CopyToAsync(file, CopiedAtOnce, ct);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    public override Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream?>(
                new FileStream(
                    PathOf(key),
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.Read | FileShare.Delete,
                    Unbuffered,
                    FileOptions.Asynchronous
                )
            );
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            ThrowIfFolderMissing();
            return Task.FromResult<Stream?>(null);
        }
    }

    public override Task DeleteAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // The folder of the object does not exist, so neither does the object.
        }

        return Task.CompletedTask;
    }

    public override Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct)
    {
        var exists = File.Exists(PathOf(key));
        if (!exists)
        {
            ThrowIfFolderMissing();
        }

        return Task.FromResult(exists);
    }

    // Without the root folder it is unknown whether an object exists.
    private void ThrowIfFolderMissing()
    {
        if (!Directory.Exists(root))
        {
            throw new ObjectStoreUnavailableException("The folder of the object store does not exist.");
        }
    }

    public override IAsyncEnumerable<StoredObject> ListAsync(ObjectPrefix prefix, CancellationToken ct) =>
        FilesBelow(prefix)
            .Where(file => !IsUnfinished(file) && file.Exists) // skips files that were deleted meanwhile
            .Select(file => new StoredObject(
                ObjectKey.FromListing(Path.GetRelativePath(root, file.FullName).Replace(Path.DirectorySeparatorChar, '/')),
                file.Length,
                file.LastWriteTimeUtc
            ))
            .ToAsyncEnumerable();

    public override bool MayLeaveUnfinished(long size) => false;

    public override Task<int> DeleteUnfinishedAsync(ObjectKey key, CancellationToken ct)
    {
        var path = PathOf(key);
        var folder = new DirectoryInfo(Path.GetDirectoryName(path)!);
        return DeleteAsync(folder.Exists ? folder.EnumerateFiles($"{Path.GetFileName(path)}.*{Unfinished}") : []);
    }

    public override Task<int> DeleteUnfinishedAsync(ObjectPrefix prefix, DateTimeOffset begunBefore, CancellationToken ct) =>
        DeleteAsync(FilesBelow(prefix).Where(file => IsUnfinished(file) && file.LastWriteTimeUtc < begunBefore.UtcDateTime));

    /// <summary>Always null: a folder has no address that a client could reach.</summary>
    public override Uri? SignLink(ObjectKey key, LinkedFile file, TimeSpan validFor) => null;

    public override Task PrepareAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(root);
        return Task.CompletedTask;
    }

    public override Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct)
    {
        try
        {
            Directory.Delete(Path.Combine(root, prefix.Value), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever stored there.
        }

        return Task.CompletedTask;
    }

    public override async Task CheckAsync(CancellationToken ct)
    {
        var probe = Path.Combine(root, $".check-{Path.GetRandomFileName()}");
        await File.WriteAllBytesAsync(probe, [1], ct);
        File.Delete(probe);
    }

    private IEnumerable<FileInfo> FilesBelow(ObjectPrefix prefix)
    {
        var folder = new DirectoryInfo(Path.Combine(root, prefix.Value));
        return folder.Exists ? folder.EnumerateFiles("*", SearchOption.AllDirectories) : [];
    }

    private static Task<int> DeleteAsync(IEnumerable<FileInfo> files)
    {
        var left = files.ToList();
        left.ForEach(file => file.Delete());
        return Task.FromResult(left.Count);
    }

    private static bool IsUnfinished(FileInfo file) => file.Name.EndsWith(Unfinished, StringComparison.Ordinal);

    private string PathOf(ObjectKey key) => Path.Combine(root, key.Value);
}
