using Amazon.S3;
using Amazon.S3.Model;

namespace SaaS.Infrastructure.Objects;

/// <summary>Content on its way into a bucket, in one piece or in parts.</summary>
internal sealed class S3Uploads(AmazonS3Client client, ObjectsOptions options, S3Sizes sizes, S3Calls calls)
{
    private const string MediaType = "application/octet-stream";

    public async Task PutWholeAsync(ObjectKey key, Stream content, CancellationToken ct)
    {
        var (method, keyId) = Encryption();
        await calls.SendAsync(
            content,
            (watched, token) => client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = options.Bucket,
                    Key = key.Value,
                    ContentType = MediaType,
                    ServerSideEncryptionMethod = method,
                    ServerSideEncryptionKeyManagementServiceKeyId = keyId,
                    InputStream = watched,
                    AutoCloseStream = false,
                    AutoResetStreamPosition = false,

                    // Each chunk is signed as it leaves: the content is read once, what is changed on the way is refused even without TLS,
                    // and AWS, MinIO and radosgw take it. An unsigned payload is for TLS alone; one signature over all reads everything twice.
                    UseChunkEncoding = true,
                },
                token),
            ct);
    }

    public async Task PutInPartsAsync(ObjectKey key, Stream content, CancellationToken ct)
    {
        var (method, keyId) = Encryption();
        var begin = new InitiateMultipartUploadRequest
        {
            BucketName = options.Bucket,
            Key = key.Value,
            ContentType = MediaType,
            ServerSideEncryptionMethod = method,
            ServerSideEncryptionKeyManagementServiceKeyId = keyId,
        };
        var upload = await calls.CallAsync(S3Timeouts.Short, token => client.InitiateMultipartUploadAsync(begin, token), ct);

        try
        {
            var parts = await SendPartsAsync(key, upload.UploadId, content, ct);
            var end = new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key.Value, UploadId = upload.UploadId, PartETags = parts };
            var assembled = await calls.CallAsync(S3Timeouts.WithAssembly, token => client.CompleteMultipartUploadAsync(end, token), ct);
            if (assembled.ETag is null)
            {
                // The answer begins with 200 while the work still goes on, and says only at its end how that went.
                throw new ObjectStoreUnavailableException("The object store did not say that the parts were put together.");
            }
        }
        catch
        {
            await TryAbortAsync(key, upload.UploadId);
            throw;
        }
    }

    // One after the other: there is one content, which is read at one place at a time.
    private async Task<List<PartETag>> SendPartsAsync(ObjectKey key, string uploadId, Stream content, CancellationToken ct)
    {
        var parts = new List<PartETag>();
        var (from, end) = (content.Position, content.Length);
        var partSize = sizes.PartOf(end - from);

        for (; from < end; from += partSize)
        {
            content.Position = from;
            var number = parts.Count + 1;
            var size = Math.Min(partSize, end - from);
            var sent = await calls.SendAsync(
                content,
                (watched, token) => client.UploadPartAsync(
                    new UploadPartRequest { BucketName = options.Bucket, Key = key.Value, UploadId = uploadId, PartNumber = number, PartSize = size, InputStream = watched, UseChunkEncoding = true },
                    token),
                ct);
            parts.Add(new PartETag(number, sent.ETag));
        }

        return parts;
    }

    private async Task TryAbortAsync(ObjectKey key, string uploadId)
    {
        try
        {
            await AbortAsync(key.Value, uploadId, CancellationToken.None);
        }
        catch (IOException)
        {
            // It stays as what a killed writer leaves, and is swept with that; what broke the put is what the caller hears of.
        }
    }

    /// <returns>False when it was gone already.</returns>
    public Task<bool> AbortAsync(string key, string uploadId, CancellationToken ct) => calls.CallAsync(
        S3Timeouts.Short,
        async token =>
        {
            try
            {
                await client.AbortMultipartUploadAsync(options.Bucket, key, uploadId, token);
                return true;
            }
            catch (AmazonS3Exception gone) when (gone.ErrorCode == "NoSuchUpload")
            {
                return false;
            }
        },
        ct);

    private (ServerSideEncryptionMethod? Method, string? KeyId) Encryption() => options.ServerSideEncryption switch
    {
        ObjectEncryption.None => (null, null),
        ObjectEncryption.Aes256 => (ServerSideEncryptionMethod.AES256, null),
        ObjectEncryption.AwsKms => (ServerSideEncryptionMethod.AWSKMS, options.KmsKeyId),
    };
}
