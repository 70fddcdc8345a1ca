namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Stores immutable objects under a key; an object exists completely or not at all. Failures of the store are thrown as <see
/// cref="IOException"/>, and as <see cref="ObjectStoreUnavailableException"/> where the same call may succeed later.
/// </summary>
public abstract class ObjectStore
{
    /// <summary>Stores the content; returns when it is durable.</summary>
    /// <param name="content">A seekable stream, read from its current position: a store may have to start again.</param>
    public abstract Task PutAsync(ObjectKey key, Stream content, CancellationToken ct);

    /// <returns>A seekable stream with a known length, or null when the object does not exist.</returns>
    public abstract Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Deletes the object, if it exists.</summary>
    public abstract Task DeleteAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Indicates whether the object exists.</summary>
    public abstract Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Lists all objects below a prefix, in no particular order.</summary>
    public abstract IAsyncEnumerable<StoredObject> ListAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>Deletes all objects below a prefix, unfinished uploads included.</summary>
    public abstract Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>
    /// Indicates whether an interrupted upload of this size may leave an unfinished object that the server lists only by its exact key.
    /// </summary>
    public abstract bool MayLeaveUnfinished(long size);

    /// <summary>Deletes unfinished uploads of this object.</summary>
    /// <returns>The number of deleted uploads.</returns>
    public abstract Task<int> DeleteUnfinishedAsync(ObjectKey key, CancellationToken ct);

    /// <summary>
    /// Deletes unfinished uploads below a prefix that began before <paramref name="begunBefore"/>, as far as the server lists them.
    /// </summary>
    /// <returns>The number of deleted uploads.</returns>
    public abstract Task<int> DeleteUnfinishedAsync(ObjectPrefix prefix, DateTimeOffset begunBefore, CancellationToken ct);

    /// <summary>
    /// Creates a pre-signed URL from which anyone can download the object for a limited time, without passing through this system.
    /// </summary>
    /// <returns>Null when clients cannot reach the store.</returns>
    public abstract Uri? SignLink(ObjectKey key, LinkedFile file, TimeSpan validFor);

    /// <summary>Creates the bucket or folder, if it does not exist.</summary>
    public abstract Task PrepareAsync(CancellationToken ct);

    /// <summary>Checks that objects can be written and read; throws the failure otherwise.</summary>
    public abstract Task CheckAsync(CancellationToken ct);
}

/// <summary>An object in a listing.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="StoredAt">The time of storage by the store's clock (UTC).</param>
public sealed record StoredObject(ObjectKey Key, long Size, DateTimeOffset StoredAt);

/// <summary>The file name and media type that a pre-signed URL answers with; always as an attachment, never shown in the browser.</summary>
/// <param name="Filename">The file name, in any script.</param>
/// <param name="MediaType">For example application/pdf.</param>
public sealed record LinkedFile(string Filename, string MediaType);

/// <summary>The object store cannot be reached, or cannot process the request now: the same call may succeed later.</summary>
public sealed class ObjectStoreUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
