using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Where Vault is, and as whom we sign in to it.</summary>
public sealed class VaultOptions
{
    /// <summary>Scheme, host and port. Redirects are not followed: it is the active node, or one that forwards to it.</summary>
    public Uri? Address { get; init; }

    /// <summary>The AppRole that this host signs in as.</summary>
    public string? RoleId { get; init; }

    /// <summary>What proves it; this or <see cref="SecretIdFile"/>.</summary>
    [Secret]
    public string? SecretId { get; init; }

    /// <summary>A file that holds the secret id. It is read at each sign-in, so that another one can be put there.</summary>
    public string? SecretIdFile { get; init; }

    /// <summary>Where the AppRole method is mounted.</summary>
    public string AppRoleMount { get; init; } = "approle";

    /// <summary>For Vault Enterprise; open source Vault has none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Certificates of the authorities to trust, as PEM. None trusts whom the operating system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>Where the transit engine is mounted.</summary>
    public string TransitMount { get; init; } = "transit";

    /// <summary>For one attempt; a call is tried three times at most.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
