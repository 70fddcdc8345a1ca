namespace SaaS.Infrastructure.Objects;

/// <summary>The key of an object. It always begins with the tenant.</summary>
public sealed record ObjectKey
{
    private ObjectKey(string value) => Value = value;

    public string Value { get; }

    /// <summary>Creates the key of a file; two levels of its MD5 keep folders and listings small.</summary>
    public static ObjectKey ForFile(Guid tenantId, Guid fileId, string md5) =>
        new($"tenants/{tenantId}/files/{md5[..2]}/{md5[2..4]}/{md5}_{fileId}");

    /// <summary>Creates the key of the export that is written when a tenant is erased.</summary>
    public static ObjectKey ForExport(Guid tenantId) => new($"tenants/{tenantId}/export.zip");

    /// <summary>Creates the prefix of all files of a tenant.</summary>
    public static ObjectPrefix FilesOf(Guid tenantId) => new($"tenants/{tenantId}/files/");

    /// <summary>Creates a key from a listing of the store.</summary>
    internal static ObjectKey FromListing(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>A prefix of the keys of one tenant.</summary>
public sealed record ObjectPrefix
{
    internal ObjectPrefix(string value) => Value = value;

    public string Value { get; }
}
