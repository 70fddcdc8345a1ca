using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Infrastructure.Redis;

namespace SaaS.Core.RateLimiting;

/// <summary>
/// Limits requests by user, service account, IP address and tenant, on every endpoint whose metadata does not disable it. Only members count against a
/// tenant's limit, so that others cannot exhaust it.
/// </summary>
/// <remarks>Responses report the limits in the headers of draft-ietf-httpapi-ratelimit-headers.</remarks>
internal sealed class RateLimits(TokenBuckets buckets, IOptions<RateLimitOptions> options)
{
    public static readonly Problem Exceeded = new(ProblemKind.TooMany, "TOO_MANY_REQUESTS", "Too many requests; wait before you ask again");

    /// <returns>Null when the request is within the limits of its user, service account or IP address.</returns>
    public Task<Problem?> AcquireForUserAsync(HttpContext http)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        if (!options.Value.Enabled || metadata?.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            return Task.FromResult<Problem?>(null);
        }

        // Anonymous endpoints count by IP address even with a token, because an attacker can create any number of accounts.
        var address = $"address:{ClientDevice.From(http).Place}";
        var (who, general) = (metadata?.GetMetadata<IAllowAnonymous>() is null ? Principal.Get(http) : null) switch
        {
            CurrentServiceAccount account => (
                $"service-account:{account.Id}",
                CreateLimit("service-account", options.Value.ServiceAccount)
            ),
            { } signedIn => ($"user:{signedIn.Id}", CreateLimit("user", options.Value.User)),
            null => (address, CreateLimit("address", options.Value.Address)),
        };
        return metadata?.GetMetadata<RateLimitMetadata>() is { Class: var rateLimitClass }
            ? AcquireAsync(http, [(who, general), (IsPerAddress(rateLimitClass) ? address : who, GetLimit(rateLimitClass))])
            : AcquireAsync(http, [(who, general)]);
    }

    /// <returns>Null when the request is within the tenant's limit.</returns>
    public Task<Problem?> AcquireForTenantAsync(HttpContext http, TenantScope tenant)
    {
        var limit = tenant.MaxRequestsPerMinute is { } agreed
            ? new NamedLimit("tenant", agreed, TimeSpan.FromMinutes(1))
            : CreateLimit("tenant", options.Value.Tenant);
        return options.Value.Enabled ? AcquireAsync(http, [($"tenant:{tenant.TenantId}", limit)]) : Task.FromResult<Problem?>(null);
    }

    private async Task<Problem?> AcquireAsync(HttpContext http, IReadOnlyList<(string Who, NamedLimit Limit)> limits)
    {
        var result = await buckets.TakeAsync([
            .. limits.Select(one => new Bucket(
                $"rate:{one.Limit.Name}:{one.Limit.Permits}:{one.Limit.Seconds}:{one.Who}",
                one.Limit.Permits,
                one.Limit.Period
            )),
        ]);
        WriteHeaders(http.Response.Headers, [.. limits.Select(one => one.Limit)], result.States);
        return result.IsGranted ? null : Exceeded with { RetryAfter = result.Wait };
    }

    private static void WriteHeaders(IHeaderDictionary headers, IReadOnlyList<NamedLimit> limits, IReadOnlyList<BucketState> states)
    {
        foreach (var (limit, state) in limits.Zip(states))
        {
            headers.Append(
                "RateLimit-Policy",
                string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";q={limit.Permits};w={limit.Seconds}")
            );
            headers.Append(
                "RateLimit",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"{limit.Name}\";r={state.Remaining};t={Math.Ceiling(state.FullIn.TotalSeconds):0}"
                )
            );
        }
    }

    // Limited by IP address even for authenticated users, because an attacker can use many accounts.
    private static bool IsPerAddress(RateLimitClass rateLimitClass) =>
        rateLimitClass is RateLimitClass.SignIn or RateLimitClass.Registration;

    private NamedLimit GetLimit(RateLimitClass rateLimitClass) =>
        rateLimitClass switch
        {
            RateLimitClass.SignIn => CreateLimit("sign-in", options.Value.SignIn),
            RateLimitClass.Registration => CreateLimit("registration", options.Value.Registration),
            RateLimitClass.Upload => CreateLimit("upload", options.Value.Upload),
        };

    private static NamedLimit CreateLimit(string name, RateLimit limit) => new(name, limit.Permits, limit.Period);

    private sealed record NamedLimit(string Name, int Permits, TimeSpan Period)
    {
        public int Seconds => (int)Period.TotalSeconds;
    }
}
