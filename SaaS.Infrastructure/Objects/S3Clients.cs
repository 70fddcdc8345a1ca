using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace SaaS.Infrastructure.Objects;

/// <summary>Where the server is, and with what we sign. Not a record: one would print the secret.</summary>
/// <param name="endpoint">Scheme, host and port.</param>
/// <param name="key">Asked at each request: the key may have changed.</param>
internal sealed class S3Access(Uri endpoint, Func<S3Key> key)
{
    public S3Access(Uri endpoint, string accessKey, string secretKey)
        : this(endpoint, () => new S3Key(accessKey, secretKey))
    {
    }

    public Uri Endpoint { get; } = endpoint;

    public string AccessKey => key().AccessKey;

    public string SecretKey => key().SecretKey;

    /// <summary>What the client signs with.</summary>
    public AWSCredentials Credentials => new CurrentKey(key);

    private sealed class CurrentKey(Func<S3Key> key) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials()
        {
            var current = key();
            return new ImmutableCredentials(current.AccessKey, current.SecretKey, token: null);
        }
    }
}

/// <summary>A name and what proves it.</summary>
internal sealed class S3Key(string accessKey, string secretKey)
{
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
        access.Credentials,
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
