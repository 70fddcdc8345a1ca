namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Keeps bytes under a key. An object is there whole or not at all, and is never changed. Whatever stands in the way of
/// the store itself is thrown as an <see cref="IOException"/>: <see cref="ObjectStoreUnavailableException"/> where the same call may succeed later.
/// </summary>
public abstract class ObjectStore
{
    /// <summary>Stores the content; returns when it would survive a loss of power.</summary>
    /// <param name="content">Seekable, and read from where it stands: a store may have to begin again.</param>
    public abstract Task PutAsync(ObjectKey key, Stream content, CancellationToken ct);

    /// <returns>A seekable stream that knows its length, or null when there is no such object.</returns>
    public abstract Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Removes the object; it is no error if there is none.</summary>
    public abstract Task DeleteAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Whether there is such an object.</summary>
    public abstract Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct);

    /// <summary>All objects below a prefix, in no particular order.</summary>
    public abstract IAsyncEnumerable<StoredObject> ListAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>Removes every object below a prefix, and what writers that were killed have left there.</summary>
    public abstract Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>Whether a writer of this many bytes, if it is killed, may leave an unfinished object that a server lists by its exact key alone.</summary>
    public abstract bool MayLeaveUnfinished(long size);

    /// <summary>Removes what writers of this object that were killed have left.</summary>
    /// <returns>How many there were.</returns>
    public abstract Task<int> DeleteUnfinishedAsync(ObjectKey key, CancellationToken ct);

    /// <summary>
    /// Removes what writers that were killed have left below a prefix: unfinished objects that were begun before <paramref name="begunBefore"/>,
    /// as far as the server lists them.
    /// </summary>
    /// <returns>How many there were.</returns>
    public abstract Task<int> DeleteUnfinishedAsync(ObjectPrefix prefix, DateTimeOffset begunBefore, CancellationToken ct);

    /// <summary>An address under which anybody can read the object for a while, without passing through this system.</summary>
    /// <returns>Null where objects have no address that a client can reach.</returns>
    public abstract Uri? SignLink(ObjectKey key, LinkedFile file, TimeSpan validFor);

    /// <summary>Makes the place for objects, if it is not there.</summary>
    public abstract Task PrepareAsync(CancellationToken ct);

    /// <summary>Proves that objects can be written and read; throws what stands in the way.</summary>
    public abstract Task CheckAsync(CancellationToken ct);
}

/// <summary>An object as a store lists it.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="StoredAt">When it was put there, by the store's clock (UTC).</param>
public sealed record StoredObject(ObjectKey Key, long Size, DateTimeOffset StoredAt);

/// <summary>As what a signed link gives an object: always to be saved, never shown in the browser.</summary>
/// <param name="Filename">What it is called; any script.</param>
/// <param name="MediaType">e.g. application/pdf.</param>
public sealed record LinkedFile(string Filename, string MediaType);

/// <summary>The object store cannot be reached, or cannot do it just now: the same call may succeed later.</summary>
public sealed class ObjectStoreUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
