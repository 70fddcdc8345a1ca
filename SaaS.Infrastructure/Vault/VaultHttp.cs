using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// One call of Vault's HTTP API, with a time limit per attempt and some attempts: what is over in a moment (a new
/// leader, a limit of requests, a connection that broke) is not seen by whoever called.
/// </summary>
internal sealed class VaultHttp : IDisposable
{
    private const int Attempts = 3;
    private static readonly TimeSpan InitialDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(2);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http;
    private readonly VaultOptions _options;
    private readonly TimeProvider _clock;

    public VaultHttp(VaultOptions options, TimeProvider clock, HttpMessageHandler? network = null)
    {
        (_options, _clock) = (options, clock);
        _http = new HttpClient(network ?? NewNetwork(options)) { BaseAddress = new Uri(options.Address!, "/v1/"), Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Add("X-Vault-Request", "true"); // a Vault Agent in between may demand it, against forged requests
    }

    /// <param name="path">Below <c>/v1/</c>.</param>
    /// <param name="body">What is sent; nothing of it comes back in an exception.</param>
    /// <param name="token">None for what needs no sign-in.</param>
    /// <returns>The body of the answer; null for one without.</returns>
    /// <exception cref="VaultUnavailableException">Also the last attempt found nobody who could do it.</exception>
    /// <exception cref="VaultException">Vault refused.</exception>
    public async Task<T?> SendAsync<T>(HttpMethod method, string path, JsonObject? body, string? token, CancellationToken ct)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync<T>(method, path, body, token, ct);
            }
            catch (VaultUnavailableException e) when (attempt < Attempts)
            {
                await Task.Delay(PauseAfter(attempt, e.RetryAfter), _clock, ct);
            }
        }
    }

    /// <summary>How Vault is: needs no token, is asked once, and answers with a body whatever the status.</summary>
    public async Task<VaultHealth> HealthAsync(CancellationToken ct)
    {
        // Without the namespace: the health is the server's.
        using var request = new HttpRequestMessage(HttpMethod.Get, "sys/health?standbyok=true&perfstandbyok=true");
        return await AnswerAsync(request, async (answer, until) => await answer.Content.ReadFromJsonAsync<VaultHealth>(Json, until) ?? throw Malformed("GET sys/health"), ct);
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
        return await AnswerAsync(
            request,
            async (answer, until) => answer switch
            {
                { StatusCode: HttpStatusCode.NoContent } => null,
                { IsSuccessStatusCode: true } => await answer.Content.ReadFromJsonAsync<T>(Json, until) ?? throw Malformed(call),
                _ => throw await RefusalAsync(call, answer, VaultSecrecy.SecretsOf(body, token), until),
            },
            ct);
    }

    private async Task<T> AnswerAsync<T>(HttpRequestMessage request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
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
            throw new VaultUnavailableException(e.HttpRequestError is HttpRequestError.SecureConnectionError ? "Vault's certificate is not one to trust: see Vault:CaFile." : "Vault could not be reached.", inner: e);
        }
        catch (JsonException)
        {
            throw Malformed($"{request.Method}"); // its message may quote what it could not read
        }
    }

    private static async Task<VaultException> RefusalAsync(string call, HttpResponseMessage answer, IReadOnlyList<string> secrets, CancellationToken ct)
    {
        var errors = VaultSecrecy.Without(secrets, await ErrorsOfAsync(answer, ct));
        var message = $"Vault refused {call}: HTTP {(int)answer.StatusCode} {string.Join("; ", errors).ReplaceLineEndings(" ")}".TrimEnd() + ".";
        return answer.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.PreconditionFailed
            ? new VaultUnavailableException(message, answer.StatusCode, errors, answer.Headers.RetryAfter?.Delta)
            : new VaultException(message, answer.StatusCode, errors);
    }

    private static async Task<IReadOnlyList<string>> ErrorsOfAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            return (await answer.Content.ReadFromJsonAsync<VaultErrors>(Json, ct))?.Errors ?? [];
        }
        catch (JsonException)
        {
            return []; // a proxy's own page
        }
    }

    private static VaultUnavailableException Malformed(string call) => new($"What answered {call} is not Vault.");

    private static TimeSpan PauseAfter(int attempt, TimeSpan? asked)
    {
        var pause = asked ?? InitialDelay * (1 << (attempt - 1));
        return (pause < MaxDelay ? pause : MaxDelay) * (0.5 + (RandomNumberGenerator.GetInt32(500) / 1000.0)); // not all hosts at once
    }

    private static SocketsHttpHandler NewNetwork(VaultOptions options)
    {
        var network = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // the token is for Vault:Address alone
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(3),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a server that moves is found by its name again
        };
        if (options.CaFile is { Length: > 0 } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            network.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return network;
    }
}
