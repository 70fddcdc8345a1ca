using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// An authenticated client of Vault's HTTP API. Rejections are a <see cref="VaultException"/>, and a <see
/// cref="VaultUnavailableException"/> where the same call may succeed later.
/// </summary>
internal sealed class VaultClient : IDisposable
{
    private readonly VaultHttp _http;
    private readonly VaultToken _token;

    public VaultClient(VaultOptions options, TimeProvider clock, ILoggerFactory logs, HttpMessageHandler? network = null)
    {
        _http = new VaultHttp(options, clock, network);
        _token = new VaultToken(_http, options, clock, logs.CreateLogger<VaultToken>());
    }

    /// <returns>Null when the path does not exist.</returns>
    public async Task<T?> FindAsync<T>(string path, CancellationToken ct)
        where T : class
    {
        try
        {
            return (await SendAsync<T>(HttpMethod.Get, path, body: null, ct))?.Data;
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<T> PostAsync<T>(string path, JsonObject body, CancellationToken ct)
        where T : class =>
        (await SendAsync<T>(HttpMethod.Post, path, body, ct))?.Data
        ?? throw new VaultUnavailableException($"Vault's response to POST {path} is empty.");

    /// <summary>Sends a request without a response, or with a warning only.</summary>
    public Task PostAsync(string path, JsonObject body, CancellationToken ct) => SendAsync<object>(HttpMethod.Post, path, body, ct);

    public Task DeleteAsync(string path, CancellationToken ct) => SendAsync<object>(HttpMethod.Delete, path, body: null, ct);

    /// <summary>Checks that Vault is unsealed and accepts our token; throws the failure otherwise.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        var health = await _http.HealthAsync(ct);
        if (!health.Initialized || health.Sealed)
        {
            throw new VaultUnavailableException(health.Initialized ? "Vault is sealed." : "Vault is not initialised.");
        }

        await SendAsync<object>(HttpMethod.Get, "auth/token/lookup-self", body: null, ct);
    }

    public void Dispose()
    {
        _token.Dispose();
        _http.Dispose();
    }

    private async Task<VaultResponse<T>?> SendAsync<T>(HttpMethod method, string path, JsonObject? body, CancellationToken ct)
        where T : class
    {
        var token = await _token.GetAsync(ct);
        try
        {
            return await _http.SendAsync<VaultResponse<T>>(method, path, body, token, ct);
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.Forbidden)
        {
            if (await _token.ReplaceAsync(token, ct) is not { } other)
            {
                throw;
            }

            return await _http.SendAsync<VaultResponse<T>>(method, path, body, other, ct);
        }
    }
}
