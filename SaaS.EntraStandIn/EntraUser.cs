namespace SaaS.Entra;

/// <summary>An account in a directory. Whatever can be set may change while the stand-in runs.</summary>
internal sealed class EntraUser
{
    /// <summary>The <c>oid</c>: the one thing about a person that never changes.</summary>
    public required Guid ObjectId { get; init; }

    /// <summary>What tokens carry as <c>preferred_username</c>. It may change, and it need not be an address that gets mail.</summary>
    public required string UserPrincipalName { get; set; }

    /// <summary>
    /// Whatever the directory's administrator wrote there, or nothing. Entra does not verify it: https://learn.microsoft.com/entra/identity-platform/claims-validation
    /// warns of telling people apart by it.
    /// </summary>
    public string? Email { get; set; }

    /// <summary>What an application that asks for <c>xms_edov</c> is told: whether the domain of <see cref="Email"/> is verified in the person's directory.</summary>
    public bool IsEmailDomainVerified { get; set; } = true;

    public string? GivenName { get; set; }

    public string? FamilyName { get; set; }

    /// <summary>The name as a whole, as it is displayed.</summary>
    public required string Name { get; set; }

    public string? JobTitle { get; set; }

    public string? Department { get; set; }

    public string? Company { get; set; }

    public bool IsEnabled { get; set; } = true;

    /// <summary>The ids of all groups the person is in, by whatever way.</summary>
    public IReadOnlyList<Guid> Groups { get; set; } = [];
}
