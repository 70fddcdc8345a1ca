namespace SaaS.Infrastructure.Objects;

/// <summary>How objects lie on a server that speaks S3; a folder needs none of it.</summary>
public sealed class ObjectsOptions
{
    /// <summary>Made at the start, if it is not there.</summary>
    public string Bucket { get; init; } = "saas-documents";

    /// <summary>What signatures name; servers of one's own mostly do not care.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Where clients reach the server. Without it there are no links to objects.</summary>
    public Uri? PublicEndpoint { get; init; }

    /// <summary>The bucket stands in the path, not before the host's name.</summary>
    public bool ForcePathStyle { get; init; } = true;

    public ObjectEncryption ServerSideEncryption { get; init; } = ObjectEncryption.None;

    /// <summary>With <see cref="ObjectEncryption.AwsKms"/>: which key. None is the server's own.</summary>
    public string? KmsKeyId { get; init; }
}

/// <summary>What the server is asked to encrypt objects with.</summary>
public enum ObjectEncryption
{
    /// <summary>It is not asked, and does what its bucket says.</summary>
    None,

    /// <summary>A key that the server keeps by itself.</summary>
    Aes256,

    /// <summary>A key of a key management service.</summary>
    AwsKms,
}
