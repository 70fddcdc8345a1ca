using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace SaaS.Platform.Objects;

/// <summary>Where the server is, and with what we sign. Not a record: one would print the secret.</summary>
internal sealed class S3Access(Uri endpoint, string accessKey, string secretKey)
{
    public Uri Endpoint { get; } = endpoint;

    public string AccessKey { get; } = accessKey;

    public string SecretKey { get; } = secretKey;
}

/// <summary>The client that we speak to the server with, and one that only signs: the host is part of a signature, so links need the host that others reach.</summary>
internal sealed class S3Clients : IDisposable
{
    private readonly HttpMessageHandler _network;

    public S3Clients(S3Access access, ObjectsOptions options, HttpMessageHandler network)
    {
        _network = network;
        Own = NewClient(access, access.Endpoint, options);
        Public = options.PublicEndpoint is { } endpoint ? NewClient(access, endpoint, options) : null;
    }

    public AmazonS3Client Own { get; }

    public AmazonS3Client? Public { get; }

    public static SocketsHttpHandler NewNetwork() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a server that moves is found by its name again
    };

    public void Dispose()
    {
        Own.Dispose();
        Public?.Dispose();
        _network.Dispose();
    }

    private AmazonS3Client NewClient(S3Access access, Uri endpoint, ObjectsOptions options) => new(
        new BasicAWSCredentials(access.AccessKey, access.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = endpoint.GetLeftPart(UriPartial.Authority),
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.ForcePathStyle,
            IgnoreConfiguredEndpointUrls = true,

            // The default adds checksum trailers, which other servers than AWS answer with 400.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,

            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 2,
            HttpClientFactory = new OneNetwork(_network),
        });

    /// <summary>The deadlines are the callers' own, so the clients have none.</summary>
    private sealed class OneNetwork(HttpMessageHandler network) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(network, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
