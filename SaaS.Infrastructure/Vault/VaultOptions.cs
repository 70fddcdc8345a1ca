using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>The connection settings of Vault.</summary>
public sealed class VaultOptions
{
    /// <summary>Scheme, host and port. Redirects are not followed, so it must be the active node or one that forwards to it.</summary>
    public Uri? Address { get; init; }

    /// <summary>The role id of the AppRole.</summary>
    public string? RoleId { get; init; }

    /// <summary>The secret id of the AppRole. Set this or <see cref="SecretIdFile"/>.</summary>
    [Secret]
    public string? SecretId { get; init; }

    /// <summary>A file that holds the secret id. It is read at each login, so that it can be replaced.</summary>
    public string? SecretIdFile { get; init; }

    /// <summary>The mount path of the AppRole method.</summary>
    public string AppRoleMount { get; init; } = "approle";

    /// <summary>The namespace, in Vault Enterprise only.</summary>
    public string? Namespace { get; init; }

    /// <summary>A PEM file with trusted certificate authorities; null uses those of the operating system.</summary>
    public string? CaFile { get; init; }

    /// <summary>The mount path of the transit engine.</summary>
    public string TransitMount { get; init; } = "transit";

    /// <summary>The timeout of one attempt; a call has at most three.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
