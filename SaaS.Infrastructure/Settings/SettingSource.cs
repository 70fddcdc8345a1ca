using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using SaaS.Infrastructure.Vault;

namespace SaaS.Infrastructure.Settings;

/// <summary>Where a setting comes from.</summary>
public enum SettingSource
{
    /// <summary>Nowhere: it is what the product does unless it is told something else.</summary>
    Default,

    /// <summary><c>appsettings.json</c>, or the one of the environment.</summary>
    AppSettings,

    /// <summary>A developer's own file outside of the repository.</summary>
    UserSecrets,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>An environment variable of the system before this one.</summary>
    LegacyEnvironmentVariable,

    /// <summary>The command line of the process.</summary>
    CommandLine,

    /// <summary>Vault's key/value engine.</summary>
    Vault,

    /// <summary>The program that has started this host in its own process.</summary>
    Program,
}

/// <summary>Tells the sources of settings apart.</summary>
public static class SettingSources
{
    private const string UserSecretsFile = "secrets.json";

    /// <summary>Which source says what holds for a key, or for keys below it.</summary>
    public static SettingSource SourceOf(this IConfiguration configuration, string key) =>
        configuration is IConfigurationRoot root && root.Providers.LastOrDefault(provider => Says(provider, key)) is { } provider
            ? Of(provider, key)
            : SettingSource.Default;

    private static bool Says(IConfigurationProvider provider, string key) => provider.TryGet(key, out var value) ? value is not null : provider.GetChildKeys([], key).Any();

    private static SettingSource Of(IConfigurationProvider provider, string key) => provider switch
    {
        VaultSettingsProvider => SettingSource.Vault,
        LegacyEnvironmentVariablesProvider => SettingSource.LegacyEnvironmentVariable,
        EnvironmentVariablesConfigurationProvider => SettingSource.Environment,
        CommandLineConfigurationProvider => SettingSource.CommandLine,
        JsonConfigurationProvider { Source.Path: UserSecretsFile } => SettingSource.UserSecrets,
        JsonConfigurationProvider => SettingSource.AppSettings,
        ChainedConfigurationProvider chained => chained.Configuration.SourceOf(key),
        _ => SettingSource.Program,
    };
}
