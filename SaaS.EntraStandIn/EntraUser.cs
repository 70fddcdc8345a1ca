namespace SaaS.Entra;

/// <summary>An account in a directory. Mutable properties may change while the stand-in runs.</summary>
internal sealed class EntraUser
{
    /// <summary>The <c>oid</c> claim: the only attribute of a user that never changes.</summary>
    public required Guid ObjectId { get; init; }

    /// <summary>The <c>preferred_username</c> claim. It may change and is not necessarily an e-mail address.</summary>
    public required string UserPrincipalName { get; set; }

    /// <summary>
    /// An address entered by the directory's administrator, or null. Entra does not verify it:
    /// https://learn.microsoft.com/entra/identity-platform/claims-validation warns against identifying users by it.
    /// </summary>
    public string? Email { get; set; }

    /// <summary>
    /// The optional claim <c>xms_edov</c>: true when the domain of <see cref="Email"/> is verified in the user's directory.
    /// </summary>
    public bool IsEmailDomainVerified { get; set; } = true;

    public string? GivenName { get; set; }

    public string? FamilyName { get; set; }

    /// <summary>The full display name.</summary>
    public required string Name { get; set; }

    public string? JobTitle { get; set; }

    public string? Department { get; set; }

    public string? Company { get; set; }

    public bool IsEnabled { get; set; } = true;

    /// <summary>The ids of all groups of the user, including transitive ones.</summary>
    public IReadOnlyList<Guid> Groups { get; set; } = [];

    /// <summary>Claim <c>amr</c>: how the user is authenticated (RFC 8176); none when empty.</summary>
    public IReadOnlyList<string> AuthenticationMethods { get; set; } = [];
}
