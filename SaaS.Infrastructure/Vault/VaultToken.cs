using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// The token of the Vault client. It is renewed by the first call after about two thirds of its lease, and replaced by a new login when it
/// is unknown, not renewable or near its maximum lifetime.
/// </summary>
internal sealed partial class VaultToken(VaultHttp http, VaultOptions options, TimeProvider clock, ILogger<VaultToken> log) : IDisposable
{
    /// <summary>While Vault is unavailable a valid token is used, and its renewal is retried after this time.</summary>
    private static readonly TimeSpan RenewalRetryDelay = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _changing = new(1);
    private volatile CachedToken? _token;

    public async Task<string> GetAsync(CancellationToken ct)
    {
        if (_token is { } cached && clock.GetUtcNow() < cached.RenewAt)
        {
            return cached.Token;
        }

        await _changing.WaitAsync(ct);
        try
        {
            return (await RenewAsync(ct)).Token;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Replaces the token after Vault answered 403.</summary>
    /// <returns>Another token; null when this one is valid, so that the call itself is forbidden.</returns>
    public async Task<string?> ReplaceAsync(string refused, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (_token is { } other && other.Token != refused)
            {
                return other.Token; // another call has replaced it meanwhile
            }

            return await IsKnownAsync(refused, ct) ? null : (await LogInAsync(ct)).Token;
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task<CachedToken> RenewAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_token is not { } cached || now >= cached.ExpiresAt)
        {
            return await LogInAsync(ct);
        }

        if (now < cached.RenewAt)
        {
            return cached;
        }

        try
        {
            return cached.IsRenewable && await TryRenewAsync(cached, ct) is { } renewed ? renewed : await LogInAsync(ct);
        }
        catch (VaultUnavailableException e)
        {
            LogNotRenewed(log, e.Message, (int)(cached.ExpiresAt - now).TotalSeconds);
            return _token = cached with { RenewAt = Earlier(now + RenewalRetryDelay, cached.ExpiresAt) };
        }
    }

    private async Task<CachedToken> LogInAsync(CancellationToken ct)
    {
        var secretId = options.SecretIdFile is { Length: > 0 } file ? (await File.ReadAllTextAsync(file, ct)).Trim() : options.SecretId;
        var body = new JsonObject { ["role_id"] = options.RoleId, ["secret_id"] = secretId };
        VaultResponse<object>? answer;
        try
        {
            var path = $"auth/{options.AppRoleMount}/login";
            answer = await http.SendAsync<VaultResponse<object>>(HttpMethod.Post, path, body, token: null, ct);
        }
        catch (VaultException e) when (e is not VaultUnavailableException)
        {
            // A failed login is not the fault of a value or key
            throw new VaultUnavailableException(e.Message, e.Status, e.Errors, inner: e);
        }

        var auth = answer?.Auth ?? throw new VaultUnavailableException("Vault's response to a login has no token.");

        LogLoggedIn(log, auth.LeaseDuration);
        return _token = CreateCachedToken(auth, auth.LeaseDuration);
    }

    private async Task<CachedToken?> TryRenewAsync(CachedToken cached, CancellationToken ct)
    {
        try
        {
            var answer = await http.SendAsync<VaultResponse<object>>(HttpMethod.Post, "auth/token/renew-self", [], cached.Token, ct);
            return answer?.Auth is { } auth ? _token = CreateCachedToken(auth, cached.FullLease) : null;
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            return null; // revoked, or at its maximum lifetime
        }
    }

    private async Task<bool> IsKnownAsync(string token, CancellationToken ct)
    {
        try
        {
            await http.SendAsync<VaultResponse<object>>(HttpMethod.Get, "auth/token/lookup-self", body: null, token, ct);
            return true;
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.Forbidden)
        {
            return false;
        }
    }

    // A renewal that grants less than the login did has reached the maximum lifetime, and is the last one.
    private CachedToken CreateCachedToken(VaultAuth auth, int fullLease)
    {
        if (auth.LeaseDuration is 0)
        {
            return new CachedToken(auth.ClientToken, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, IsRenewable: false, fullLease);
        }

        var now = clock.GetUtcNow();
        var lease = TimeSpan.FromSeconds(auth.LeaseDuration);
        var part = 0.6 + (RandomNumberGenerator.GetInt32(100) / 1000.0); // jitter, so that hosts do not renew at once
        return new CachedToken(
            auth.ClientToken,
            now + (lease * part),
            now + lease,
            auth.Renewable && auth.LeaseDuration >= fullLease,
            fullLease
        );
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    [LoggerMessage(1901, LogLevel.Information, "Logged in to Vault for {Seconds} s")]
    private static partial void LogLoggedIn(ILogger log, int seconds);

    [LoggerMessage(1902, LogLevel.Warning, "The Vault token could not be renewed and expires in {Seconds} s: {Reason}")]
    private static partial void LogNotRenewed(ILogger log, string reason, int seconds);

    private sealed record CachedToken(string Token, DateTimeOffset RenewAt, DateTimeOffset ExpiresAt, bool IsRenewable, int FullLease)
    {
        public override string ToString() => "a token";
    }
}
