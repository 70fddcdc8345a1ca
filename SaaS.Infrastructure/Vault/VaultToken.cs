using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// The token that calls go with. It is renewed by the first call after about two thirds of its life (the readiness probe
/// is one, every few seconds), and a new sign-in takes its place when it cannot be renewed, when renewals get
/// shorter because its longest life ends, and when Vault does not know it any more.
/// </summary>
internal sealed partial class VaultToken(VaultHttp http, VaultOptions options, TimeProvider clock, ILogger<VaultToken> log) : IDisposable
{
    /// <summary>While Vault is away a token that is still good is used, and renewed a little later.</summary>
    private static readonly TimeSpan Postponed = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _changing = new(1);
    private volatile Held? _held;

    public async Task<string> GetAsync(CancellationToken ct)
    {
        if (_held is { } held && clock.GetUtcNow() < held.RenewAt)
        {
            return held.Token;
        }

        await _changing.WaitAsync(ct);
        try
        {
            return (await KeepAsync(ct)).Token;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>After Vault has refused a call with 403.</summary>
    /// <returns>Another token; null when there is nothing wrong with this one, and what was asked for is forbidden.</returns>
    public async Task<string?> ReplaceAsync(string refused, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (_held is { } other && other.Token != refused)
            {
                return other.Token; // somebody has done it meanwhile
            }

            return await IsKnownAsync(refused, ct) ? null : (await LogInAsync(ct)).Token;
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task<Held> KeepAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_held is not { } held || now >= held.ExpiresAt)
        {
            return await LogInAsync(ct);
        }

        if (now < held.RenewAt)
        {
            return held;
        }

        try
        {
            return held.IsRenewable && await TryRenewAsync(held, ct) is { } renewed ? renewed : await LogInAsync(ct);
        }
        catch (VaultUnavailableException e)
        {
            LogNotRenewed(log, e.Message, (int)(held.ExpiresAt - now).TotalSeconds);
            return _held = held with { RenewAt = Earlier(now + Postponed, held.ExpiresAt) };
        }
    }

    private async Task<Held> LogInAsync(CancellationToken ct)
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
            throw new VaultUnavailableException(e.Message, e.Status, e.Errors, inner: e); // whatever was asked: no value or key is at fault
        }

        var auth = answer?.Auth ?? throw new VaultUnavailableException("Vault's answer to a sign-in has no token.");

        LogLoggedIn(log, auth.LeaseDuration);
        return _held = Hold(auth, auth.LeaseDuration);
    }

    private async Task<Held?> TryRenewAsync(Held held, CancellationToken ct)
    {
        try
        {
            var answer = await http.SendAsync<VaultResponse<object>>(HttpMethod.Post, "auth/token/renew-self", [], held.Token, ct);
            return answer?.Auth is { } auth ? _held = Hold(auth, held.FullLease) : null;
        }
        catch (VaultException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            return null; // revoked, or older than it may become
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

    // A renewal that grants less than the sign-in did has met the token's longest life: it is the last one.
    private Held Hold(VaultAuth auth, int fullLease)
    {
        if (auth.LeaseDuration is 0)
        {
            return new Held(auth.ClientToken, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, IsRenewable: false, fullLease);
        }

        var now = clock.GetUtcNow();
        var lease = TimeSpan.FromSeconds(auth.LeaseDuration);
        var part = 0.6 + (RandomNumberGenerator.GetInt32(100) / 1000.0); // not all hosts at once
        return new Held(auth.ClientToken, now + (lease * part), now + lease, auth.Renewable && auth.LeaseDuration >= fullLease, fullLease);
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    [LoggerMessage(1901, LogLevel.Information, "Signed in to Vault for {Seconds} s")]
    private static partial void LogLoggedIn(ILogger log, int seconds);

    [LoggerMessage(1902, LogLevel.Warning, "The token for Vault could not be renewed and is good for another {Seconds} s: {Reason}")]
    private static partial void LogNotRenewed(ILogger log, string reason, int seconds);

    private sealed record Held(string Token, DateTimeOffset RenewAt, DateTimeOffset ExpiresAt, bool IsRenewable, int FullLease)
    {
        public override string ToString() => "a token";
    }
}
