namespace SaaS.Infrastructure.Vault;

/// <summary>Where the host's own secrets come from.</summary>
public sealed class SecretsOptions
{
    /// <summary>Chosen by name: what happens to be set must not stand in for a Vault that was meant.</summary>
    public SecretsSource Source { get; init; } = SecretsSource.Environment;

    /// <summary>Where the key/value engine, version 2, is mounted.</summary>
    public string Mount { get; init; } = "secret";

    /// <summary>How the paths begin, before the environment.</summary>
    public string Path { get; init; } = "saas-project";

    /// <summary>Which installation this is, such as <c>prod</c>; a policy in Vault opens one of them and no other.</summary>
    public string? Environment { get; init; }

    /// <summary>How soon a change in Vault is seen.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Where secrets are.</summary>
public enum SecretsSource
{
    /// <summary>With all other settings: environment variables, files, the command line.</summary>
    Environment,

    /// <summary>In Vault's key/value engine.</summary>
    Vault,
}
