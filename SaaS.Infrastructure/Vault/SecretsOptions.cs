namespace SaaS.Infrastructure.Vault;

/// <summary>Settings of the source of the host's secrets.</summary>
public sealed class SecretsOptions
{
    /// <summary>The source, chosen explicitly: settings that happen to exist must not replace a Vault that was intended.</summary>
    public SecretsSource Source { get; init; } = SecretsSource.Environment;

    /// <summary>The mount path of the key/value engine, version 2.</summary>
    public string Mount { get; init; } = "secret";

    /// <summary>The prefix of the paths, before the environment.</summary>
    public string Path { get; init; } = "saas-project";

    /// <summary>The installation, such as <c>prod</c>; a policy in Vault grants access to one of them.</summary>
    public string? Environment { get; init; }

    /// <summary>The interval at which changes in Vault are detected.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The sources of secrets.</summary>
public enum SecretsSource
{
    /// <summary>The same as all other settings: environment variables, files, the command line.</summary>
    Environment,

    /// <summary>Vault's key/value engine.</summary>
    Vault,
}
