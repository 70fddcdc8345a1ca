using Microsoft.AspNetCore.Builder;

namespace SaaS.Core.Http;

/// <summary>Content types that a route answers with beside JSON, for the OpenAPI document: of several declarations of one status, its generator keeps the last.</summary>
public sealed record AlternativeContent(IReadOnlyList<string> Types);

public static class AlternativeContentRoutes
{
    /// <summary>Declares text of these types beside the route's JSON.</summary>
    public static RouteHandlerBuilder AlsoProduces(this RouteHandlerBuilder route, params string[] types) => route.WithMetadata(new AlternativeContent(types));
}
