namespace SaaS.Platform.Objects;

/// <summary>Where an object lies. A key begins with its tenant and cannot be made otherwise.</summary>
public sealed record ObjectKey
{
    private ObjectKey(string value) => Value = value;

    public string Value { get; }

    /// <summary>The place of a file's bytes; two levels of its MD5 keep folders and listings small.</summary>
    public static ObjectKey OfFile(Guid tenantId, Guid fileId, string md5) =>
        new($"tenants/{tenantId}/files/{md5[..2]}/{md5[2..4]}/{md5}_{fileId}");

    public override string ToString() => Value;
}
