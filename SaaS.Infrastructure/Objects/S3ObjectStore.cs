using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Net.Http.Headers;

namespace SaaS.Infrastructure.Objects;

/// <summary>Stores objects in a bucket of an S3 server.</summary>
internal sealed class S3ObjectStore : ObjectStore, IDisposable
{
    // The maximum of signature version 4.
    private static readonly TimeSpan LongestLink = TimeSpan.FromDays(7);

    private readonly S3Clients _clients;
    private readonly ObjectsOptions _options;
    private readonly TimeProvider _clock;
    private readonly S3Sizes _sizes;
    private readonly S3Calls _calls;
    private readonly S3Uploads _uploads;

    public S3ObjectStore(
        S3Access access,
        ObjectsOptions options,
        TimeProvider clock,
        S3Sizes? sizes = null,
        HttpMessageHandler? network = null
    )
    {
        (_options, _clock, _sizes) = (options, clock, sizes ?? new S3Sizes());
        _clients = new S3Clients(access, options, network ?? S3Clients.NewNetwork());
        _calls = new S3Calls(clock);
        _uploads = new S3Uploads(_clients.Own, options, _sizes, _calls);
    }

    private AmazonS3Client Client => _clients.Own;

    public override Task PutAsync(ObjectKey key, Stream content, CancellationToken ct) =>
        MayLeaveUnfinished(content.Length - content.Position)
            ? _uploads.PutInPartsAsync(key, content, ct)
            : _uploads.PutWholeAsync(key, content, ct);

    public override async Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct) =>
        await FindAsync(key, ct) is { } found
            ? new S3Content(found.ContentLength, _sizes, (from, size, reading) => OpenRangeAsync(key, from, size, reading), ReadRangeAsync)
            : null;

    public override async Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct) => await FindAsync(key, ct) is not null;

    public override Task DeleteAsync(ObjectKey key, CancellationToken ct) =>
        _calls.CallAsync(S3Timeouts.Short, token => Client.DeleteObjectAsync(_options.Bucket, key.Value, token), ct);

    public override async IAsyncEnumerable<StoredObject> ListAsync(ObjectPrefix prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var page in PagesAsync(prefix, ct))
        {
            foreach (var listed in page)
            {
                yield return new StoredObject(
                    ObjectKey.FromListing(listed.Key),
                    listed.Size ?? 0,
                    new DateTimeOffset(listed.LastModified.GetValueOrDefault().ToUniversalTime())
                );
            }
        }
    }

    public override async Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct)
    {
        // First, because an upload that completes meanwhile is an object afterwards
        await DeleteUnfinishedAsync(prefix, DateTimeOffset.MaxValue, ct);

        await foreach (var page in PagesAsync(prefix, ct))
        {
            var batch = new DeleteObjectsRequest
            {
                BucketName = _options.Bucket,
                Quiet = true,
                Objects = [.. page.Select(listed => new KeyVersion { Key = listed.Key })],
            };
            await _calls.CallAsync(S3Timeouts.WithBytes, token => Client.DeleteObjectsAsync(batch, token), ct);
        }
    }

    public override bool MayLeaveUnfinished(long size) => size > _sizes.LargestPut;

    public override Task<int> DeleteUnfinishedAsync(ObjectKey key, CancellationToken ct) =>
        AbortAsync(key.Value, upload => upload.Key == key.Value, ct);

    // MinIO lists unfinished uploads only by their exact key, and removes them by itself after a day.
    public override Task<int> DeleteUnfinishedAsync(ObjectPrefix prefix, DateTimeOffset begunBefore, CancellationToken ct) =>
        AbortAsync(prefix.Value, upload => upload.Initiated.GetValueOrDefault().ToUniversalTime() < begunBefore.UtcDateTime, ct);

    public override Uri? SignLink(ObjectKey key, LinkedFile file, TimeSpan validFor)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validFor, LongestLink);
        if (_clients.Public is not { } client)
        {
            return null;
        }

        return new Uri(
            client.GetPreSignedURL(
                new GetPreSignedUrlRequest
                {
                    BucketName = _options.Bucket,
                    Key = key.Value,
                    Verb = HttpVerb.GET,
                    Protocol = _options.PublicEndpoint!.Scheme == Uri.UriSchemeHttp ? Protocol.HTTP : Protocol.HTTPS,
                    Expires = (_clock.GetUtcNow() + validFor).UtcDateTime,
                    ResponseHeaderOverrides = new ResponseHeaderOverrides
                    {
                        CacheControl = "private, no-store",
                        ContentDisposition = AttachmentOf(file.Filename),
                        ContentType = file.MediaType,
                    },
                }
            )
        );
    }

    public override async Task PrepareAsync(CancellationToken ct)
    {
        if (await _calls.CallAsync(S3Timeouts.Short, BucketExistsAsync, ct))
        {
            return;
        }

        await _calls.CallAsync(S3Timeouts.WithBytes, CreateBucketAsync, ct);
        await CheckAsync(ct); // the bucket must be accessible, also when another process created it
    }

    /// <summary>Reads only, because probes come every few seconds from every process and a PUT costs money.</summary>
    public override Task CheckAsync(CancellationToken ct) =>
        _calls.CallAsync(
            S3Timeouts.Short,
            token => Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, MaxKeys = 1 }, token),
            ct
        );

    public void Dispose() => _clients.Dispose();

    private async Task<int> AbortAsync(string prefix, Func<MultipartUpload, bool> isMeant, CancellationToken ct)
    {
        var count = 0;
        var ask = new ListMultipartUploadsRequest
        {
            BucketName = _options.Bucket,
            Prefix = prefix,
            MaxUploads = _sizes.Page,
        };
        ListMultipartUploadsResponse page;
        do
        {
            page = await _calls.CallAsync(S3Timeouts.Short, token => Client.ListMultipartUploadsAsync(ask, token), ct);
            foreach (var upload in (page.MultipartUploads ?? []).Where(isMeant))
            {
                count += await _uploads.AbortAsync(upload.Key, upload.UploadId, ct) ? 1 : 0;
            }

            (ask.KeyMarker, ask.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        } while (page.IsTruncated is true);

        return count;
    }

    private async Task<GetObjectMetadataResponse?> FindAsync(ObjectKey key, CancellationToken ct)
    {
        var found = await _calls.CallAsync(
            S3Timeouts.Short,
            async token =>
            {
                try
                {
                    return await Client.GetObjectMetadataAsync(_options.Bucket, key.Value, token);
                }
                catch (AmazonS3Exception missing) when (missing.StatusCode is HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            ct
        );

        if (found is null)
        {
            await CheckAsync(ct); // a HEAD response has no body, so it does not tell a missing object from a missing bucket
        }

        return found;
    }

    private async Task<Stream> OpenRangeAsync(ObjectKey key, long from, long size, CancellationToken ct)
    {
        var ask = new GetObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key.Value,
            ByteRange = new ByteRange(from, from + size - 1),
        };
        var answer = await _calls.CallAsync(S3Timeouts.Short, token => Client.GetObjectAsync(ask, token), ct);
        if (answer.ContentLength == size)
        {
            return answer.ResponseStream;
        }

        answer.Dispose();
        throw new IOException($"The object store answered a range of {size} bytes with {answer.ContentLength} bytes.");
    }

    private Task<int> ReadRangeAsync(Stream window, Memory<byte> buffer, CancellationToken ct) =>
        _calls.CallAsync(S3Timeouts.WithBytes, token => window.ReadAsync(buffer, token).AsTask(), ct);

    private async IAsyncEnumerable<List<S3Object>> PagesAsync(ObjectPrefix prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var ask = new ListObjectsV2Request
        {
            BucketName = _options.Bucket,
            Prefix = prefix.Value,
            MaxKeys = _sizes.Page,
        };
        ListObjectsV2Response page;
        do
        {
            page = await _calls.CallAsync(S3Timeouts.Short, token => Client.ListObjectsV2Async(ask, token), ct);
            if (page.S3Objects is { Count: > 0 } listed)
            {
                yield return listed;
            }

            ask.ContinuationToken = page.NextContinuationToken;
        } while (page.IsTruncated is true);
    }

    private async Task<bool> BucketExistsAsync(CancellationToken ct)
    {
        try
        {
            await Client.HeadBucketAsync(new HeadBucketRequest { BucketName = _options.Bucket }, ct);
            return true;
        }
        catch (AmazonS3Exception refused) when (refused.StatusCode is HttpStatusCode.Forbidden)
        {
            // The key may be allowed to use objects only
            await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, MaxKeys = 1 }, ct);
            return true;
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode is HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task<bool> CreateBucketAsync(CancellationToken ct)
    {
        try
        {
            await Client.PutBucketAsync(new PutBucketRequest { BucketName = _options.Bucket }, ct);
            return true;
        }
        catch (AmazonS3Exception made) when (made.ErrorCode is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists" or "OperationAborted")
        {
            return false; // another process has created it, or is doing so
        }
    }

    // RFC 6266: the original name for clients that support it, and a plain ASCII fallback without special characters.
    private static string AttachmentOf(string filename) =>
        new ContentDispositionHeaderValue("attachment")
        {
            FileName = string.Concat(
                filename.Select(character => character is < ' ' or > '~' or '"' or '\\' or '%' or '/' or ';' ? '_' : character)
            ),
            FileNameStar = filename,
        }.ToString();
}
