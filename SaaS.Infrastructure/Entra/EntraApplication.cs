namespace SaaS.Infrastructure.Entra;

/// <summary>The application that a customer has registered in their directory for us.</summary>
/// <param name="Directory">The directory's GUID, or one of its domains.</param>
/// <param name="ClientId">The application's GUID.</param>
public sealed record EntraApplication(string Directory, string ClientId);

/// <summary>What Entra ID gave for a code or a refresh token.</summary>
/// <param name="IdToken">Null when none was given: a refresh may be without.</param>
/// <param name="RefreshToken">Null when the one that was shown stays good.</param>
/// <param name="ExpiresIn">How long the access token is good.</param>
public sealed record EntraTokens(string AccessToken, string? IdToken, string? RefreshToken, TimeSpan ExpiresIn, TimeSpan? RefreshTokenExpiresIn)
{
    public override string ToString() => nameof(EntraTokens); // never what is in it
}

/// <summary>Whom a verified id token names. Only the directory's and the person's ids are a proof of anything: the rest is what the directory's admins typed.</summary>
/// <param name="DirectoryId">Claim <c>tid</c>.</param>
/// <param name="ObjectId">Claim <c>oid</c>: this person, in whatever application.</param>
/// <param name="Email">Claim <c>email</c>, which Entra ID does not verify; null when there is none. A user principal name is no address: that of a guest is made up.</param>
/// <param name="IsEmailDomainVerified">Claim <c>xms_edov</c>: whether the address's domain is verified in the person's own directory; null when the application does not ask for the claim.</param>
/// <param name="Groups">The ids of the groups; null when there are too many for a token, and Graph has to be asked.</param>
public sealed record EntraUser(Guid DirectoryId, Guid ObjectId, string? Email, bool? IsEmailDomainVerified, string? Upn, string? Name, string? GivenName, string? FamilyName, IReadOnlyList<string>? Groups);

/// <summary>Where a directory is spoken to.</summary>
public sealed record EntraEndpoints(string Issuer, Uri Authorization, Uri Token, Uri? SignOut);
