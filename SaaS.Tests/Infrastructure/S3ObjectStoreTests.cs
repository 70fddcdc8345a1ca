using Amazon.S3;
using SaaS.Infrastructure.Objects;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

public sealed class S3ObjectStoreTests(S3Server server) : ObjectStoreTests
{
    // The smallest parts that S3 accepts, and windows and pages so small that a small object and a short list have many of them.
    private static readonly S3Sizes Small = new()
    {
        LargestPut = 5 * 1024 * 1024,
        Part = 5 * 1024 * 1024,
        FirstWindow = 64 * 1024,
        LargestWindow = 256 * 1024,
        Page = 3,
    };

    private static readonly S3Access Nowhere = new(new Uri("http://127.0.0.1:1"), "a", "s");

    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("Größe \"100 %\" \\ a;b/c – 見積書 🦊.pdf", "Gr__e _100 __ _ a_b_c _ ___ __.pdf")]
    public async Task A_signed_link_downloads_the_object_under_its_filename(string filename, string plain)
    {
        var key = NewKey();
        await PutAsync(key, [1, 2, 3]);
        using var anybody = new HttpClient();

        using var answer = await anybody.GetAsync(Store.SignLink(key, Linked with { Filename = filename }, TimeSpan.FromMinutes(5)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([1, 2, 3], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/pdf", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal((true, true), (answer.Headers.CacheControl?.Private, answer.Headers.CacheControl?.NoStore));
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal(
            ("attachment", filename, plain),
            (disposition.DispositionType, disposition.FileNameStar, disposition.FileName?.Trim('"'))
        );
    }

    [Fact]
    public async Task A_tampered_signed_link_is_rejected()
    {
        var (key, other) = (NewKey(), NewKey());
        await PutAsync(key, [1]);
        await PutAsync(other, [2]);
        var link = Store.SignLink(key, Linked, TimeSpan.FromMinutes(5))!.ToString();
        using var anybody = new HttpClient();

        foreach (
            var altered in new[]
            {
                link[..^1] + (link[^1] is '0' ? '1' : '0'),
                link.Replace(key.Value, other.Value, StringComparison.Ordinal),
                link.Replace("X-Amz-Expires=", "X-Amz-Expires=1", StringComparison.Ordinal),
                link.Replace("report.pdf", "report.exe", StringComparison.Ordinal),
                link.Replace("no-store", "public", StringComparison.Ordinal),
                link[..link.IndexOf('?', StringComparison.Ordinal)],
            }
        )
        {
            Assert.NotEqual(link, altered);
            using var answer = await anybody.GetAsync(new Uri(altered));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var put = await anybody.PutAsync(new Uri(link), new ByteArrayContent([3]));
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
    }

    [Fact]
    public async Task A_signed_link_expires()
    {
        var key = NewKey();
        await PutAsync(key, [1]);
        var link = Store.SignLink(key, Linked, TimeSpan.FromSeconds(2));
        using var anybody = new HttpClient();

        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await anybody.GetAsync(link);
                return answer.StatusCode is HttpStatusCode.Forbidden;
            },
            "the link does not end"
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => Store.SignLink(key, Linked, TimeSpan.FromDays(8)));
    }

    [Fact]
    public async Task An_interrupted_range_read_resumes_where_it_stopped()
    {
        var (key, content) = (NewKey(), BytesOf(700_000));
        await PutAsync(key, content);
        using var wire = new Wire { BreaksAfter = 100_000 };
        using var store = await server.OpenAsync(Small, wire);

        await using var opened = (await store.OpenAsync(key, CancellationToken.None))!;

        Assert.Equal(content, await ReadToEndAsync(opened));
        Assert.True(wire.Broken > 2);
    }

    [Fact]
    public async Task A_range_read_that_makes_no_progress_fails()
    {
        var key = NewKey();
        await PutAsync(key, BytesOf(1000));
        using var wire = new Wire { BreaksAfter = 0 };
        using var store = await server.OpenAsync(Small, wire);

        await using var opened = (await store.OpenAsync(key, CancellationToken.None))!;

        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => ReadToEndAsync(opened));
        Assert.Equal(4, wire.Broken);
    }

    [Fact]
    public async Task The_read_window_grows_during_sequential_reads()
    {
        var key = NewKey();
        await PutAsync(key, BytesOf(700_000));
        using var wire = new Wire();
        using var store = await server.OpenAsync(Small, wire);
        await using var opened = (await store.OpenAsync(key, CancellationToken.None))!;
        wire.Sent.Clear();

        opened.Position = 200_000;
        await opened.ReadExactlyAsync(new byte[10]);
        opened.Position = 0;
        await ReadToEndAsync(opened);

        Assert.Equal(
            ["bytes=200000-265535", "bytes=0-65535", "bytes=65536-327679", "bytes=327680-589823", "bytes=589824-699999"],
            wire.Sent.Select(sent => sent.Range)
        );
    }

    [Theory]
    [InlineData(ObjectEncryption.None, null, null, null)]
    [InlineData(ObjectEncryption.Aes256, null, "AES256", null)]
    [InlineData(ObjectEncryption.AwsKms, "a-key", "aws:kms", "a-key")]
    [InlineData(ObjectEncryption.AwsKms, null, "aws:kms", null)]
    public async Task Uploads_request_the_configured_server_side_encryption(
        ObjectEncryption encryption,
        string? key,
        string? asked,
        string? askedKey
    )
    {
        using var wire = new Wire
        {
            Answer = sent => AnsweredInParts(sent, "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"),
        };
        using var store = new S3ObjectStore(
            Nowhere,
            new ObjectsOptions { ServerSideEncryption = encryption, KmsKeyId = key },
            TimeProvider.System,
            Small,
            wire
        );

        await store.PutAsync(NewKey(), new MemoryStream([1]), CancellationToken.None);
        await store.PutAsync(NewKey(), new MemoryStream(new byte[Large]), CancellationToken.None);

        var begun = wire.Sent.Where(sent => sent.Query is "" or "?uploads").ToList();
        Assert.Equal(["PUT", "POST"], begun.Select(sent => sent.Method));
        Assert.All(begun, sent => Assert.Equal((asked, askedKey), (sent.Encryption, sent.KmsKey)));
        Assert.All(begun, sent => Assert.Equal("application/octet-stream", sent.ContentType));
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(Large)]
    public async Task A_server_side_encrypted_object_is_read_from_any_position(int size)
    {
        var access = await server.AccessAsync();
        Assert.SkipWhen(server.KmsKeyId is null, "The S3 server has no key to encrypt with: set S3_KMS_KEY_ID.");
        var options = new ObjectsOptions
        {
            Bucket = S3Server.Bucket,
            ServerSideEncryption = ObjectEncryption.AwsKms,
            KmsKeyId = server.KmsKeyId,
        };
        using var store = new S3ObjectStore(access, options, TimeProvider.System, Small);
        var (key, content) = (NewKey(), BytesOf(size));
        await store.PutAsync(key, new MemoryStream(content), CancellationToken.None);

        using var raw = await server.OpenClientAsync();
        Assert.Equal(
            ServerSideEncryptionMethod.AWSKMS,
            (await raw.GetObjectMetadataAsync(S3Server.Bucket, key.Value, CancellationToken.None)).ServerSideEncryptionMethod
        );
        await using var opened = (await store.OpenAsync(key, CancellationToken.None))!;
        opened.Position = size / 2;
        Assert.Equal(content[(size / 2)..], await ReadToEndAsync(opened));
    }

    [Fact]
    public async Task An_unreachable_store_is_reported_within_seconds()
    {
        using var store = new S3ObjectStore(Nowhere, new ObjectsOptions(), TimeProvider.System);

        Task[] calls =
        [
            store.CheckAsync(CancellationToken.None),
            store.PrepareAsync(CancellationToken.None),
            store.OpenAsync(NewKey(), CancellationToken.None),
            store.PutAsync(NewKey(), new MemoryStream([1]), CancellationToken.None),
            store.DeleteAllAsync(ObjectKey.FilesOf(Tenant), CancellationToken.None),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => call.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task A_busy_store_is_retried_and_then_reported_as_unavailable(HttpStatusCode status)
    {
        using var wire = new Wire { Answer = _ => Answered("<Error><Code>SlowDown</Code><Message>secret</Message></Error>", status) };
        using var store = new S3ObjectStore(Nowhere, new ObjectsOptions(), TimeProvider.System, network: wire);

        var away = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.CheckAsync(CancellationToken.None));

        Assert.Equal(3, wire.Sent.Count);
        Assert.DoesNotContain("secret", away.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_store_times_out()
    {
        using var wire = new Wire { IsSilent = true };
        using var store = new S3ObjectStore(Nowhere, new ObjectsOptions(), new HastyClock(), network: wire);

        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.CheckAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() =>
            store.PutAsync(NewKey(), new MemoryStream([1]), CancellationToken.None)
        );
    }

    [Theory]
    [InlineData("<Error><Code>InternalError</Code></Error>")]
    [InlineData("")]
    public async Task A_multipart_completion_error_behind_a_200_is_a_failure(string body)
    {
        using var wire = new Wire { Answer = sent => AnsweredInParts(sent, body) };
        using var store = new S3ObjectStore(Nowhere, new ObjectsOptions(), TimeProvider.System, Small, wire);

        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() =>
            store.PutAsync(NewKey(), new MemoryStream(new byte[Large]), CancellationToken.None)
        );

        Assert.Equal("DELETE", wire.Sent.Last().Method);
    }

    [Fact]
    public async Task Wrong_S3_keys_fail_clearly_without_revealing_the_secret()
    {
        var access = await server.AccessAsync();
        using var store = new S3ObjectStore(
            new S3Access(access.Endpoint, access.AccessKey, "not-the-secret"),
            new ObjectsOptions { Bucket = S3Server.Bucket },
            TimeProvider.System
        );

        var refused = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.CheckAsync(CancellationToken.None));

        Assert.Contains("SignatureDoesNotMatch (HTTP 403", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(access.AccessKey, refused.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.OpenAsync(NewKey(), CancellationToken.None));
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.PrepareAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_missing_bucket_is_an_error_and_is_created_once()
    {
        var access = await server.AccessAsync();
        var options = new ObjectsOptions { Bucket = $"saas-{Tenant}" };
        using var first = new S3ObjectStore(access, options, TimeProvider.System);
        using var second = new S3ObjectStore(access, options, TimeProvider.System);
        var missing = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => first.OpenAsync(NewKey(), CancellationToken.None));
        Assert.Contains("NoSuchBucket", missing.Message, StringComparison.Ordinal);

        await Task.WhenAll(first.PrepareAsync(CancellationToken.None), second.PrepareAsync(CancellationToken.None));

        await first.CheckAsync(CancellationToken.None);
        await second.CheckAsync(CancellationToken.None);
        using var raw = await server.OpenClientAsync();
        await raw.DeleteBucketAsync(options.Bucket, CancellationToken.None);
    }

    [Fact]
    public async Task Keys_with_object_permissions_only_are_sufficient()
    {
        using var wire = new Wire { Answer = sent => sent.Method is "HEAD" ? Answered("", HttpStatusCode.Forbidden) : null };
        using var store = await server.OpenAsync(Small, wire);

        Assert.Equal(["HEAD", "GET"], wire.Sent.Select(sent => sent.Method));
    }

    internal override async Task<ObjectStore> OpenStoreAsync() => await server.OpenAsync(Small);

    internal override Task LeaveUnfinishedAsync(ObjectKey key) => server.LeaveUnfinishedAsync(key);

    internal override Task<bool> ListsUnfinishedAsync(ObjectPrefix prefix) => server.ListsUnfinishedAsync(prefix);

    private static HttpResponseMessage AnsweredInParts(SentRequest sent, string assembled) =>
        Answered(
            sent switch
            {
                { Method: "POST", Query: "?uploads" } =>
                    "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>",
                { Method: "POST" } => assembled,
                _ => "",
            }
        );

    private static HttpResponseMessage Answered(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/xml"), Headers = { { "ETag", "\"0\"" } } };
}
