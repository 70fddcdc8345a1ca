namespace SaaS.AppHost.Containers;

/// <summary>Where the Vault comes from that seals what tenants' databases may not show.</summary>
internal enum VaultMode
{
    /// <summary>A container that keeps everything in memory and is never sealed. What it sealed is lost with the container.</summary>
    Development,

    /// <summary>A container that keeps what it has on a volume; it is initialised once, and unsealed at each start.</summary>
    Server,

    /// <summary>One that is there already, prepared as docs/VAULT.md says.</summary>
    External,

    /// <summary>None: a key ring in the control database under a master key, as in the embedded engine.</summary>
    None,
}
