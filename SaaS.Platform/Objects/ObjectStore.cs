namespace SaaS.Platform.Objects;

/// <summary>Keeps bytes under a key. An object is there whole or not at all, and is never changed.</summary>
public abstract class ObjectStore
{
    /// <summary>Stores the content; returns when it would survive a loss of power.</summary>
    public abstract Task PutAsync(ObjectKey key, Stream content, CancellationToken ct);

    /// <returns>A seekable stream, or null when there is no such object.</returns>
    public abstract Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Removes the object; it is no error if there is none.</summary>
    public abstract Task DeleteAsync(ObjectKey key, CancellationToken ct);

    /// <summary>Whether there is such an object.</summary>
    public abstract Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct);

    /// <summary>The keys of all objects below a prefix, in no particular order.</summary>
    public abstract IAsyncEnumerable<ObjectKey> ListAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>Removes every object below a prefix, and what writers that were killed have left there.</summary>
    public abstract Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct);

    /// <summary>Proves that objects can be written and read; throws what stands in the way.</summary>
    public abstract Task CheckAsync(CancellationToken ct);
}
