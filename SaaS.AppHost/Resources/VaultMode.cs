namespace SaaS.AppHost.Resources;

/// <summary>Sources of the Vault that encrypts tenant secrets.</summary>
internal enum VaultMode
{
    /// <summary>A container in dev mode: in memory and never sealed. Its keys are lost with the container.</summary>
    Development,

    /// <summary>A container with a volume, initialized once and unsealed at each start.</summary>
    Server,

    /// <summary>An existing Vault, prepared as in docs/VAULT.md.</summary>
    External,

    /// <summary>No Vault: a key ring in the control database, encrypted with a master key, as with local services.</summary>
    None,
}
