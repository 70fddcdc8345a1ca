using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polly;
using Polly.Retry;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// Sends requests to Vault's HTTP API with a timeout and retries, so that callers do not see short failures (a new leader, a rate limit, a
/// broken connection).
/// </summary>
internal sealed class VaultHttp : IDisposable
{
    private const int Retries = 2;
    private static readonly TimeSpan InitialDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(2);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http;
    private readonly VaultOptions _options;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline _retry;

    public VaultHttp(VaultOptions options, TimeProvider clock, HttpMessageHandler? network = null)
    {
        (_options, _clock) = (options, clock);
        _retry = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<VaultUnavailableException>(),
                    MaxRetryAttempts = Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = InitialDelay,
                    MaxDelay = MaxDelay,
                    UseJitter = true, // so that hosts do not retry at once
                    DelayGenerator = retry => ValueTask.FromResult(RequestedDelay(retry.Outcome.Exception)),
                }
            )
            .Build();
        _http = new HttpClient(network ?? NewNetwork(options))
        {
            BaseAddress = new Uri(options.Address!, "/v1/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Add("X-Vault-Request", "true"); // a Vault Agent in between may require it, against request forgery
    }

    /// <param name="path">Below <c>/v1/</c>.</param>
    /// <param name="body">The request; nothing of it is repeated in an exception.</param>
    /// <param name="token">Null for unauthenticated calls.</param>
    /// <returns>The response body; null when there is none.</returns>
    /// <exception cref="VaultUnavailableException">The last attempt failed, too.</exception>
    /// <exception cref="VaultException">Vault rejected the request.</exception>
    public async Task<T?> SendAsync<T>(HttpMethod method, string path, JsonObject? body, string? token, CancellationToken ct)
        where T : class => await _retry.ExecuteAsync(async until => await SendOnceAsync<T>(method, path, body, token, until), ct);

    /// <summary>Gets the health of Vault: without a token, without retries, and with a body for every status.</summary>
    public async Task<VaultHealth> HealthAsync(CancellationToken ct)
    {
        // Without the namespace, because the health is that of the server.
        using var request = new HttpRequestMessage(HttpMethod.Get, "sys/health?standbyok=true&perfstandbyok=true");
        return await ExecuteAsync(
            request,
            async (answer, until) => await answer.Content.ReadFromJsonAsync<VaultHealth>(Json, until) ?? throw Malformed("GET sys/health"),
            ct
        );
    }

    public void Dispose() => _http.Dispose();

    private async Task<T?> SendOnceAsync<T>(HttpMethod method, string path, JsonObject? body, string? token, CancellationToken ct)
        where T : class
    {
        using var request = new HttpRequestMessage(method, path);
        if (!string.IsNullOrEmpty(_options.Namespace))
        {
            request.Headers.Add("X-Vault-Namespace", _options.Namespace);
        }

        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        var call = $"{method} {path.Split('?')[0]}";
        return await ExecuteAsync(
            request,
            async (answer, until) =>
                answer switch
                {
                    { StatusCode: HttpStatusCode.NoContent } => null,
                    { IsSuccessStatusCode: true } => await answer.Content.ReadFromJsonAsync<T>(Json, until) ?? throw Malformed(call),
                    _ => throw await CreateExceptionAsync(call, answer, VaultErrorRedaction.SecretsOf(body, token), until),
                },
            ct
        );
    }

    private async Task<T> ExecuteAsync<T>(
        HttpRequestMessage request,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken ct
    )
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var answer = await _http.SendAsync(request, until.Token);
            return await read(answer, until.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new VaultUnavailableException("Vault did not answer in time.");
        }
        catch (HttpRequestException e)
        {
            throw new VaultUnavailableException(
                e.HttpRequestError is HttpRequestError.SecureConnectionError
                    ? "Vault's certificate is not trusted: see Vault:CaFile."
                    : "Vault could not be reached.",
                inner: e
            );
        }
        catch (JsonException)
        {
            throw Malformed($"{request.Method}"); // its message may quote the response
        }
    }

    private static async Task<VaultException> CreateExceptionAsync(
        string call,
        HttpResponseMessage answer,
        IReadOnlyList<string> secrets,
        CancellationToken ct
    )
    {
        var errors = VaultErrorRedaction.WithholdSecrets(secrets, await ReadErrorsAsync(answer, ct));
        var message =
            $"Vault rejected {call}: HTTP {(int)answer.StatusCode} {string.Join("; ", errors).ReplaceLineEndings(" ")}".TrimEnd() + ".";
        return
            answer.StatusCode
                is >= HttpStatusCode.InternalServerError
                    or HttpStatusCode.TooManyRequests
                    or HttpStatusCode.PreconditionFailed
            ? new VaultUnavailableException(message, answer.StatusCode, errors, answer.Headers.RetryAfter?.Delta)
            : new VaultException(message, answer.StatusCode, errors);
    }

    private static async Task<IReadOnlyList<string>> ReadErrorsAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            return (await answer.Content.ReadFromJsonAsync<VaultErrors>(Json, ct))?.Errors ?? [];
        }
        catch (JsonException)
        {
            return []; // an error page of a proxy
        }
    }

    private static VaultUnavailableException Malformed(string call) => new($"The response to {call} is malformed.");

    // The delay that Vault asked for, within our bounds; null for the pipeline's own.
    private static TimeSpan? RequestedDelay(Exception? failure) =>
        failure is VaultUnavailableException { RetryAfter: { } asked } ? (asked < MaxDelay ? asked : MaxDelay) : null;

    private static SocketsHttpHandler NewNetwork(VaultOptions options)
    {
        var network = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // the token must not be sent to another host
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a changed DNS entry is noticed
        };
        if (options.CaFile is { Length: > 0 } file)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(file);
            network.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return network;
    }
}
