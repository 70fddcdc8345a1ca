namespace SaaS.Infrastructure.Entra;

/// <summary>The application that a customer registered for us in their directory.</summary>
/// <param name="Directory">The GUID of the directory, or one of its domains.</param>
/// <param name="ClientId">The client id (a GUID) of the application.</param>
public sealed record EntraApplication(string Directory, string ClientId);

/// <summary>The tokens that Entra ID issued for an authorization code or a refresh token.</summary>
/// <param name="IdToken">Null when none was issued: a refresh may come without one.</param>
/// <param name="RefreshToken">Null when the previous refresh token stays valid.</param>
/// <param name="ExpiresIn">The lifetime of the access token.</param>
public sealed record EntraTokens(
    string AccessToken,
    string? IdToken,
    string? RefreshToken,
    TimeSpan ExpiresIn,
    TimeSpan? RefreshTokenExpiresIn
)
{
    public override string ToString() => nameof(EntraTokens); // never the tokens
}

/// <summary>
/// The user that a verified id token identifies. Only the ids of directory and user are proven; an administrator of the directory can set
/// all other claims.
/// </summary>
/// <param name="DirectoryId">Claim <c>tid</c>.</param>
/// <param name="ObjectId">Claim <c>oid</c>: the id of the user, the same in every application.</param>
/// <param name="Email">
/// Claim <c>email</c>, which Entra ID does not verify; null when it is missing. A user principal name is no substitute: that of a guest is
/// generated.
/// </param>
/// <param name="IsEmailDomainVerified">
/// Claim <c>xms_edov</c>: true when the domain of the address is verified in the user's own directory; null when the application does not
/// request the claim.
/// </param>
/// <param name="Groups">The ids of the groups; null when they do not fit into a token and must be read from Graph.</param>
public sealed record EntraUser(
    Guid DirectoryId,
    Guid ObjectId,
    string? Email,
    bool? IsEmailDomainVerified,
    string? Upn,
    string? Name,
    string? GivenName,
    string? FamilyName,
    IReadOnlyList<string>? Groups
)
{
    /// <summary>Claim <c>amr</c>: how the user was authenticated (RFC 8176).</summary>
    public IReadOnlyList<string> AuthenticationMethods { get; init; } = [];
}

/// <summary>The OpenID Connect endpoints of a directory.</summary>
public sealed record EntraEndpoints(string Issuer, Uri Authorization, Uri Token, Uri? SignOut);
