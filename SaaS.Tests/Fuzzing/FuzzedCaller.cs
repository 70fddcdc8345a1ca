namespace SaaS.Tests.Fuzzing;

/// <summary>Somebody who sends requests.</summary>
/// <param name="Name">Who it is, for people.</param>
/// <param name="AccessToken">Null for nobody.</param>
/// <param name="Marker">What is in every text that comes from this side. No other side may ever read it.</param>
/// <param name="Home">The tenant whose ids are their own; null for who has none.</param>
/// <param name="Other">The tenant whose ids are somebody else's.</param>
/// <param name="SeesAll">An operator: names of all tenants are shown to them.</param>
internal sealed record FuzzedCaller(
    string Name,
    string? AccessToken,
    string Marker,
    FuzzedTenant? Home,
    FuzzedTenant Other,
    bool SeesAll = false
);

/// <summary>A tenant with something of each kind in it.</summary>
/// <param name="Values">What there is, by the name that the API has for it.</param>
internal sealed record FuzzedTenant(IReadOnlyDictionary<string, IReadOnlyList<string>> Values);
