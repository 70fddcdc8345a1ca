using Microsoft.AspNetCore.Builder;

namespace SaaS.Core.Access;

/// <summary>What a route costs that is limited more tightly than others.</summary>
internal enum RateClass
{
    /// <summary>Tries a password; counted for the address.</summary>
    SignIn,

    /// <summary>Makes an account; counted for the address.</summary>
    Registration,

    /// <summary>Brings content; counted for the account.</summary>
    Upload,
}

/// <summary>The mark of a route with a limit of its own beside the usual one.</summary>
internal sealed record RateLimitMetadata(RateClass Class);

internal static class RateLimitedRoutes
{
    public static RouteHandlerBuilder RequireRateLimiting(this RouteHandlerBuilder route, RateClass rate) => route.WithMetadata(new RateLimitMetadata(rate));
}
