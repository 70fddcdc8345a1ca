namespace SaaS.AppHost.Resources;

/// <summary>Where the Vault comes from that encrypts what tenants' databases may not show.</summary>
internal enum VaultMode
{
    /// <summary>A container that keeps everything in memory and is never sealed. What it encrypted is lost with the container.</summary>
    Development,

    /// <summary>A container with a volume; it is initialised once, and unsealed at each start.</summary>
    Server,

    /// <summary>An existing one, prepared as docs/VAULT.md says.</summary>
    External,

    /// <summary>None: a key ring in the control database under a master key, as with local services.</summary>
    None,
}
