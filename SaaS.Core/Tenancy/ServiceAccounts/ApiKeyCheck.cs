using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Authenticates requests by API keys.</summary>
public static class ApiKeyCheck
{
    private const string Bearer = "Bearer ";

    /// <summary>Returns true for a request that is authenticated by an API key and not by an access token.</summary>
    public static bool HasApiKey(HttpRequest request) =>
        request.Headers.ContainsKey(CurrentServiceAccount.KeyHeader)
        || GetBearer(request)?.StartsWith(ApiKeyText.Prefix, StringComparison.Ordinal) is true;

    /// <summary>Sets the caller of the request.</summary>
    /// <returns>The response to a key that is not valid; null for a valid one.</returns>
    public static async Task<IResult?> AuthenticateAsync(HttpContext http) => (await CheckAsync(http))?.ToHttp();

    private static async Task<Problem?> CheckAsync(HttpContext http)
    {
        var given = http.Request.Headers[CurrentServiceAccount.KeyHeader];
        var bearer = GetBearer(http.Request);
        if (given.ToString().Contains(',') || (given.Count == 1 && http.Request.Headers.Authorization.Count > 0 && given[0] != bearer))
        {
            return ApiKeyProblems.ConflictingCredentials;
        }

        if ((given.Count == 1 ? given[0] : bearer) is not { } key || !ApiKeyText.IsWellFormed(key))
        {
            return ApiKeyProblems.Invalid;
        }

        if (await FindAsync(http, ApiKeyText.ComputeHash(key)) is not { } found)
        {
            return ApiKeyProblems.Invalid;
        }

        if (!found.Allows(ClientAddress.Get(http)))
        {
            return ApiKeyProblems.NetworkNotAllowed;
        }

        http.Features.Set(found.Account);
        http.RequestServices.GetRequiredService<ApiKeyUses>().Record(found.Account.KeyId);
        return null;
    }

    private static string? GetBearer(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : null;
    }

    private static async Task<CachedApiKey?> FindAsync(HttpContext http, byte[] hash)
    {
        var cache = http.RequestServices.GetRequiredService<ApiKeyCache>();
        var hashText = Convert.ToHexString(hash);
        if (cache.Find(hashText) is { } cached)
        {
            return cached;
        }

        var db = http.RequestServices.GetRequiredService<ControlDbContext>();
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var found = await db
            .ApiKeys.Where(ApiKey.IsValidAt(now))
            .Where(key => key.KeyHash == hash)
            .Join(
                db.ServiceAccounts.Where(account => account.DisabledAt == null),
                key => key.ServiceAccountId,
                account => account.Id,
                (key, account) =>
                    new
                    {
                        KeyId = key.Id,
                        AccountId = account.Id,
                        account.TenantId,
                        key.Scopes,
                        key.AllowedNetworks,
                    }
            )
            .SingleOrDefaultAsync(http.RequestAborted);
        if (found is null)
        {
            return null;
        }

        var read = new CachedApiKey(
            new CurrentServiceAccount(found.AccountId, found.KeyId, found.TenantId, found.Scopes),
            [.. found.AllowedNetworks.Select(network => IPNetwork.Parse(network))]
        );
        cache.Add(hashText, read);
        return read;
    }
}
