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
/// Keeps one caller from taking what all of them need. Who asks is limited before anything is done for them; a tenant
/// only by those who may enter it, so that no stranger can use its limit up. Every endpoint of every host counts unless its
/// metadata say otherwise, and an act is limited by its own metadata, wherever it stands. Answers say how the limits stand, in
/// the headers of draft-ietf-httpapi-ratelimit-headers.
/// </summary>
internal sealed class RateLimits(TokenBuckets buckets, IOptions<RateLimitOptions> options)
{
    public static readonly Problem Exceeded = new(ProblemKind.TooMany, "TOO_MANY_REQUESTS", "Too many requests; wait before you ask again");

    /// <returns>Null when the caller may go on.</returns>
    public Task<Problem?> FindCallerRefusalAsync(HttpContext http)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        if (!options.Value.Enabled || metadata?.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            return Task.FromResult<Problem?>(null);
        }

        // What serves anybody counts for the address, whatever token is sent along: accounts cost nothing.
        var address = $"address:{ClientDevice.Of(http).Place}";
        var (who, currentUser) = metadata?.GetMetadata<IAllowAnonymous>() is null && CurrentUser.Of(http) is { } signedIn
            ? ($"user:{signedIn.UserId}", Named("user", options.Value.User))
            : (address, Named("address", options.Value.Address));
        return metadata?.GetMetadata<RateLimitMetadata>() is { Class: var own }
            ? TakeAsync(http, [(who, currentUser), (IsOfAddress(own) ? address : who, LimitOf(own))])
            : TakeAsync(http, [(who, currentUser)]);
    }

    /// <returns>Null when the tenant may be entered.</returns>
    public Task<Problem?> FindTenantRefusalAsync(HttpContext http, TenantScope tenant)
    {
        var limit = tenant.AgreedRequestsPerMinute is { } agreed ? new NamedLimit("tenant", agreed, TimeSpan.FromMinutes(1)) : Named("tenant", options.Value.Tenant);
        return options.Value.Enabled ? TakeAsync(http, [($"tenant:{tenant.TenantId}", limit)]) : Task.FromResult<Problem?>(null);
    }

    private async Task<Problem?> TakeAsync(HttpContext http, IReadOnlyList<(string Who, NamedLimit Limit)> asked)
    {
        var answer = await buckets.TakeAsync([.. asked.Select(one => new Bucket($"rate:{one.Limit.Name}:{one.Limit.Permits}:{one.Limit.Seconds}:{one.Who}", one.Limit.Permits, one.Limit.Period))]);
        Tell(http.Response.Headers, [.. asked.Select(one => one.Limit)], answer.States);
        return answer.IsGiven ? null : Exceeded with { RetryAfter = answer.Wait };
    }

    private static void Tell(IHeaderDictionary headers, IReadOnlyList<NamedLimit> limits, IReadOnlyList<BucketState> states)
    {
        foreach (var (limit, state) in limits.Zip(states))
        {
            headers.Append("RateLimit-Policy", string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";q={limit.Permits};w={limit.Seconds}"));
            headers.Append("RateLimit", string.Create(CultureInfo.InvariantCulture, $"\"{limit.Name}\";r={state.Remaining};t={Math.Ceiling(state.FullIn.TotalSeconds):0}"));
        }
    }

    // Guessing passwords and making accounts is limited by where it is done from, also for who is signed in to one of many accounts.
    private static bool IsOfAddress(RateClass rate) => rate is RateClass.SignIn or RateClass.Registration;

    private NamedLimit LimitOf(RateClass rate) => rate switch
    {
        RateClass.SignIn => Named("sign-in", options.Value.SignIn),
        RateClass.Registration => Named("registration", options.Value.Registration),
        RateClass.Upload => Named("upload", options.Value.Upload),
    };

    private static NamedLimit Named(string name, RateLimit limit) => new(name, limit.Permits, limit.Period);

    private sealed record NamedLimit(string Name, int Permits, TimeSpan Period)
    {
        public int Seconds => (int)Period.TotalSeconds;
    }
}
