using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace SaaS.Infrastructure.Objects;

/// <summary>The endpoint and the credentials. Not a record, because its ToString would print the secret.</summary>
/// <param name="endpoint">Scheme, host and port.</param>
/// <param name="key">Read for each request, because the key may have changed.</param>
internal sealed class S3Access(Uri endpoint, Func<S3Key> key)
{
    public S3Access(Uri endpoint, string accessKey, string secretKey)
        : this(endpoint, () => new S3Key(accessKey, secretKey)) { }

    public Uri Endpoint { get; } = endpoint;

    public string AccessKey => key().AccessKey;

    public string SecretKey => key().SecretKey;

    /// <summary>The credentials for signatures.</summary>
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

/// <summary>An access key with its secret.</summary>
internal sealed class S3Key(string accessKey, string secretKey)
{
    public string AccessKey { get; } = accessKey;

    public string SecretKey { get; } = secretKey;
}

/// <summary>
/// The S3 clients: one for calls, and one that only signs URLs with the public host, because the host is part of the signature.
/// </summary>
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

    public static SocketsHttpHandler NewNetwork() =>
        new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a changed DNS entry is noticed
        };

    public void Dispose()
    {
        Own.Dispose();
        Public?.Dispose();
        _network.Dispose();
    }

    private AmazonS3Client NewClient(S3Access access, Uri endpoint, ObjectsOptions options) =>
        new(
            access.Credentials,
            new AmazonS3Config
            {
                ServiceURL = endpoint.GetLeftPart(UriPartial.Authority),
                AuthenticationRegion = options.Region,
                ForcePathStyle = options.ForcePathStyle,
                IgnoreConfiguredEndpointUrls = true,

                // The default adds checksum trailers, which servers other than AWS answer with 400.
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,

                RetryMode = RequestRetryMode.Standard,
                MaxErrorRetry = 2,
                HttpClientFactory = new SharedHttpClientFactory(_network),
            }
        );

    /// <summary>Creates HTTP clients without a timeout, because each call has its own.</summary>
    private sealed class SharedHttpClientFactory(HttpMessageHandler network) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(network, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
