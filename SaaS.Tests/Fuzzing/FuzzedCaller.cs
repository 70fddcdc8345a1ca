namespace SaaS.Tests.Fuzzing;

/// <summary>A client that sends requests.</summary>
/// <param name="Name">The name in reports.</param>
/// <param name="AccessToken">Null for an anonymous client.</param>
/// <param name="Marker">A text in everything that this side writes. No other side may ever read it.</param>
/// <param name="Home">The tenant whose ids are the client's own; null for a user without a tenant.</param>
/// <param name="Other">The tenant whose ids belong to another client.</param>
/// <param name="SeesAll">True for an operator, who may see the names of all tenants.</param>
internal sealed record FuzzedCaller(
    string Name,
    string? AccessToken,
    string Marker,
    FuzzedTenant? Home,
    FuzzedTenant Other,
    bool SeesAll = false
);

/// <summary>A tenant with a resource of each kind.</summary>
/// <param name="Values">The values of the tenant, by their name in the API.</param>
internal sealed record FuzzedTenant(IReadOnlyDictionary<string, IReadOnlyList<string>> Values);
