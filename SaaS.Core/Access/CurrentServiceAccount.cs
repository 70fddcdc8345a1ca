using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Access;

/// <summary>
/// The service account of a request that was authenticated by an API key. Its values never change while the key exists; what can change
/// is read when the request is authorized.
/// </summary>
/// <param name="ServiceAccountId">The service account's id.</param>
/// <param name="KeyId">The key's id.</param>
/// <param name="TenantId">The only tenant that the key can access.</param>
/// <param name="Scopes">The scopes that the key was created with; the role of the service account limits them.</param>
internal sealed record CurrentServiceAccount(Guid ServiceAccountId, Guid KeyId, Guid TenantId, IReadOnlyList<string> Scopes) : Principal
{
    /// <summary>The request header of a key; <c>Authorization: Bearer</c> may be used instead.</summary>
    public const string KeyHeader = "X-Api-Key";

    public override Guid Id => ServiceAccountId;

    public override Actor Actor => Actor.ServiceAccount(ServiceAccountId);

    public bool Has(ApiScope scope) => Scopes.Contains(scope.Name);

    /// <summary>Returns the service account of a request; null when it was not authenticated by an API key.</summary>
    public static new CurrentServiceAccount? Get(HttpContext http) => http.Features.Get<CurrentServiceAccount>();
}
