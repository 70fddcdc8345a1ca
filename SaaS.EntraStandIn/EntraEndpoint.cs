namespace SaaS.Entra;

/// <summary>The endpoints whose requests are counted and can be made to fail.</summary>
internal enum EntraEndpoint
{
    Discovery,
    Keys,
    Authorize,
    Token,
    LogOut,
    GraphMe,
    GraphGroups,
}

internal static class EntraEndpoints
{
    /// <summary>Returns the endpoint of a path; null for a path that the stand-in does not serve.</summary>
    internal static EntraEndpoint? FromPath(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [_, "v2.0", ".well-known", "openid-configuration"] => EntraEndpoint.Discovery,
            [_, "discovery", "v2.0", "keys"] => EntraEndpoint.Keys,
            [_, "oauth2", "v2.0", "authorize"] => EntraEndpoint.Authorize,
            [_, "oauth2", "v2.0", "token"] => EntraEndpoint.Token,
            [_, "oauth2", "v2.0", "logout"] => EntraEndpoint.LogOut,
            ["v1.0", "me"] => EntraEndpoint.GraphMe,
            ["v1.0", "me", "transitiveMemberOf", ..] => EntraEndpoint.GraphGroups,
            _ => null,
        };
}
