using Microsoft.AspNetCore.Builder;

namespace SaaS.Core.Http;

/// <summary>
/// Endpoint metadata: content types produced besides JSON. The OpenAPI generator itself keeps only the last declaration of a status.
/// </summary>
public sealed record AlternativeContent(IReadOnlyList<string> Types);

public static class AlternativeContentRoutes
{
    /// <summary>Declares text of these types besides JSON.</summary>
    public static RouteHandlerBuilder AlsoProduces(this RouteHandlerBuilder route, params string[] types) =>
        route.WithMetadata(new AlternativeContent(types));
}
