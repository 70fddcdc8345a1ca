using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Sessions;
using SaaS.Platform.Http;
using SaaS.Platform.Redis;

namespace SaaS.Core.Limits;

/// <summary>
/// Keeps one caller from taking what all of them need. Who asks is limited before anything is done for them; a tenant
/// only by those who may enter it, so that no stranger can use its limit up. Answers say how the limits stand, in the
/// headers of draft-ietf-httpapi-ratelimit-headers.
/// </summary>
internal sealed class RateLimits(TokenBuckets buckets, IOptions<RateLimitOptions> options)
{
    public static readonly Problem Exceeded = new(ProblemKind.TooMany, "TOO_MANY_REQUESTS", "Too many requests; wait before you ask again");

    private static readonly PathString Limited = "/api"; // not the probes, and not the pages

    /// <returns>Null when the caller may go on.</returns>
    public Task<Problem?> FindCallerRefusalAsync(HttpContext http)
    {
        if (!options.Value.Enabled || !http.Request.Path.StartsWithSegments(Limited))
        {
            return Task.FromResult<Problem?>(null);
        }

        var (who, caller) = Caller.Of(http) is { } signedIn
            ? ($"user:{signedIn.UserId}", Named("user", options.Value.User))
            : ($"address:{ClientDevice.Of(http).Place}", Named("address", options.Value.Address));
        var own = http.GetEndpoint()?.Metadata.GetMetadata<RateLimited>() is { } mark ? LimitOf(mark.Class) : null;
        return TakeAsync(http, own is null ? [(who, caller)] : [(who, caller), (who, own)]);
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
