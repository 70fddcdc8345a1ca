namespace SaaS.Entra;

/// <summary>What can be asked for, and so what can be counted and made to fail.</summary>
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
    /// <summary>Null for a path that Entra and Graph do not have here.</summary>
    internal static EntraEndpoint? At(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
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
