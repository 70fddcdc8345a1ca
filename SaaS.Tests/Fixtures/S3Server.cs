using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using SaaS.Infrastructure.Objects;

[assembly: AssemblyFixture(typeof(SaaS.Tests.Fixtures.S3Server))]

namespace SaaS.Tests.Fixtures;

/// <summary>
/// An S3 server that all tests share: the one that <c>S3_ENDPOINT</c>, <c>S3_ACCESS_KEY</c> and <c>S3_SECRET_KEY</c> name, with the
/// optional key <c>S3_KMS_KEY_ID</c>, or else a gateway of our own that starts on first use.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "saas-tests";

    private readonly Lazy<Task<RadosGateway>> _own = new(RadosGateway.StartAsync);

    /// <summary>The id of a key that the server can encrypt with; null if it has none.</summary>
    internal string? KmsKeyId { get; } = Endpoint is null ? RadosGateway.KmsKeyId : Environment.GetEnvironmentVariable("S3_KMS_KEY_ID");

    private static string? Endpoint => Environment.GetEnvironmentVariable("S3_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : null;

    internal async Task<S3Access> AccessAsync()
    {
        if (Endpoint is { } endpoint)
        {
            return new S3Access(new Uri(endpoint), Variable("S3_ACCESS_KEY"), Variable("S3_SECRET_KEY"));
        }

        if (!RadosGateway.IsInstalled)
        {
            const string Missing = "There is no S3 server: install radosgw, ceph-mon and ceph-osd, or set S3_ENDPOINT.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", Missing);
            Assert.Fail(Missing);
        }

        return (await _own.Value).Access;
    }

    /// <summary>Returns our own gateway, for tests that change its keys.</summary>
    internal async Task<RadosGateway> GatewayAsync()
    {
        Assert.SkipWhen(Endpoint is not null, "The keys of another server are not ours to change.");
        await AccessAsync(); // reports missing prerequisites
        return await _own.Value;
    }

    /// <summary>Opens an object store on the server, and creates its bucket.</summary>
    internal async Task<S3ObjectStore> OpenAsync(S3Sizes? sizes = null, HttpMessageHandler? network = null)
    {
        var access = await AccessAsync();
        var store = new S3ObjectStore(
            access,
            new ObjectsOptions { Bucket = Bucket, PublicEndpoint = access.Endpoint },
            TimeProvider.System,
            sizes,
            network
        );
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    /// <summary>Creates the remains of a writer that was killed during a multipart upload.</summary>
    internal async Task LeaveUnfinishedAsync(ObjectKey key)
    {
        using var client = await OpenClientAsync();
        await client.InitiateMultipartUploadAsync(Bucket, key.Value, CancellationToken.None);
    }

    /// <summary>Returns true if this server lists unfinished multipart uploads by prefix, which MinIO does not.</summary>
    internal async Task<bool> ListsUnfinishedAsync(ObjectPrefix prefix)
    {
        using var client = await OpenClientAsync();
        var listed = await client.ListMultipartUploadsAsync(
            new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = prefix.Value },
            CancellationToken.None
        );
        return listed.MultipartUploads is { Count: > 0 };
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started })
        {
            await (await started).DisposeAsync();
        }
    }

    internal async Task<AmazonS3Client> OpenClientAsync()
    {
        var access = await AccessAsync();
        return new AmazonS3Client(
            new BasicAWSCredentials(access.AccessKey, access.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = access.Endpoint.ToString(),
                AuthenticationRegion = "us-east-1",
                ForcePathStyle = true,
            }
        );
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"S3_ENDPOINT needs {name} beside it.");
}
