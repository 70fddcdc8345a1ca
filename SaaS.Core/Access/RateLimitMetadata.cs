using Microsoft.AspNetCore.Builder;

namespace SaaS.Core.Access;

/// <summary>The classes of routes with a stricter rate limit.</summary>
internal enum RateLimitClass
{
    /// <summary>Verifies a password; counted by IP address.</summary>
    SignIn,

    /// <summary>Creates an account; counted by IP address.</summary>
    Registration,

    /// <summary>Uploads content; counted by account.</summary>
    Upload,
}

/// <summary>Endpoint metadata: applies the limit of a class in addition to the general limit.</summary>
internal sealed record RateLimitMetadata(RateLimitClass Class);

internal static class RateLimitedRoutes
{
    public static RouteHandlerBuilder RequireRateLimiting(this RouteHandlerBuilder route, RateLimitClass rateLimitClass) =>
        route.WithMetadata(new RateLimitMetadata(rateLimitClass));
}
