namespace SaaS.Infrastructure.Objects;

/// <summary>Where an object lies. A key begins with its tenant and cannot be made otherwise.</summary>
public sealed record ObjectKey
{
    private ObjectKey(string value) => Value = value;

    public string Value { get; }

    /// <summary>The place of a file's bytes; two levels of its MD5 keep folders and listings small.</summary>
    public static ObjectKey OfFile(Guid tenantId, Guid fileId, string md5) =>
        new($"tenants/{tenantId}/files/{md5[..2]}/{md5[2..4]}/{md5}_{fileId}");

    /// <summary>The place of everything that a tenant had, when it is erased.</summary>
    public static ObjectKey OfExport(Guid tenantId) => new($"tenants/{tenantId}/export.zip");

    /// <summary>What the keys of all files of a tenant begin with.</summary>
    public static ObjectPrefix FilesOf(Guid tenantId) => new($"tenants/{tenantId}/files/");

    /// <summary>For a store that lists what it has below a prefix.</summary>
    internal static ObjectKey Listed(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>What some keys of one tenant begin with.</summary>
public sealed record ObjectPrefix
{
    internal ObjectPrefix(string value) => Value = value;

    public string Value { get; }
}
