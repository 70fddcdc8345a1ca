using Amazon.S3;
using Amazon.S3.Model;

namespace SaaS.Infrastructure.Objects;

/// <summary>Uploads content, in one request or in parts.</summary>
internal sealed class S3Uploads(AmazonS3Client client, ObjectsOptions options, S3Sizes sizes, S3Calls calls)
{
    private const string MediaType = "application/octet-stream";

    public async Task PutWholeAsync(ObjectKey key, Stream content, CancellationToken ct)
    {
        var (method, keyId) = Encryption();
        await calls.SendAsync(
            content,
            (watched, token) =>
                client.PutObjectAsync(
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

                        // Signs each chunk, so that content is read once and tampering is detected even without TLS; AWS, MinIO and radosgw
                        // support it. An unsigned payload would need TLS, and one signature over everything would read the content twice.
                        UseChunkEncoding = true,
                    },
                    token
                ),
            ct
        );
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
            var end = new CompleteMultipartUploadRequest
            {
                BucketName = options.Bucket,
                Key = key.Value,
                UploadId = upload.UploadId,
                PartETags = parts,
            };
            var assembled = await calls.CallAsync(S3Timeouts.WithAssembly, token => client.CompleteMultipartUploadAsync(end, token), ct);
            if (assembled.ETag is null)
            {
                // S3 answers 200 before the parts are assembled, and reports a failure only in the body.
                throw new ObjectStoreUnavailableException("The object store did not confirm that the parts were assembled.");
            }
        }
        catch
        {
            await TryAbortAsync(key, upload.UploadId);
            throw;
        }
    }

    // Sequentially, because there is one stream with one position.
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
                (watched, token) =>
                    client.UploadPartAsync(
                        new UploadPartRequest
                        {
                            BucketName = options.Bucket,
                            Key = key.Value,
                            UploadId = uploadId,
                            PartNumber = number,
                            PartSize = size,
                            InputStream = watched,
                            UseChunkEncoding = true,
                        },
                        token
                    ),
                ct
            );
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
            // The unfinished upload stays and is collected later; the caller gets the failure of the upload itself.
        }
    }

    /// <returns>False when it did not exist any more.</returns>
    public Task<bool> AbortAsync(string key, string uploadId, CancellationToken ct) =>
        calls.CallAsync(
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
            ct
        );

    private (ServerSideEncryptionMethod? Method, string? KeyId) Encryption() =>
        options.ServerSideEncryption switch
        {
            ObjectEncryption.None => (null, null),
            ObjectEncryption.Aes256 => (ServerSideEncryptionMethod.AES256, null),
            ObjectEncryption.AwsKms => (ServerSideEncryptionMethod.AWSKMS, options.KmsKeyId),
        };
}
