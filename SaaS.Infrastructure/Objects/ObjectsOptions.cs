namespace SaaS.Infrastructure.Objects;

/// <summary>Settings of an S3 object store; a folder needs none of them.</summary>
public sealed class ObjectsOptions
{
    /// <summary>The bucket, which is created at the start if it does not exist.</summary>
    public string Bucket { get; init; } = "saas-documents";

    /// <summary>The region in signatures; self-hosted servers mostly ignore it.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The address at which clients reach the server. Without it there are no pre-signed URLs.</summary>
    public Uri? PublicEndpoint { get; init; }

    /// <summary>Puts the bucket into the path instead of the host name.</summary>
    public bool ForcePathStyle { get; init; } = true;

    public ObjectEncryption ServerSideEncryption { get; init; } = ObjectEncryption.None;

    /// <summary>The key for <see cref="ObjectEncryption.AwsKms"/>; null uses the server's default key.</summary>
    public string? KmsKeyId { get; init; }
}

/// <summary>The server-side encryption that is requested.</summary>
public enum ObjectEncryption
{
    /// <summary>Requests none; the default of the bucket applies.</summary>
    None,

    /// <summary>A key that the server manages (SSE-S3).</summary>
    Aes256,

    /// <summary>A key of a key management service (SSE-KMS).</summary>
    AwsKms,
}
