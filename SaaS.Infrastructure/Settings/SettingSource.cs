using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using SaaS.Infrastructure.Vault;

namespace SaaS.Infrastructure.Settings;

/// <summary>The source of a setting.</summary>
public enum SettingSource
{
    /// <summary>Not set: the default of the product.</summary>
    Default,

    /// <summary><c>appsettings.json</c>, or the file of the environment.</summary>
    AppSettings,

    /// <summary>The user secrets of a developer.</summary>
    UserSecrets,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>An environment variable of the previous system.</summary>
    LegacyEnvironmentVariable,

    /// <summary>The command line.</summary>
    CommandLine,

    /// <summary>Vault's key/value engine.</summary>
    Vault,

    /// <summary>A program that hosts this one in its own process, such as a test.</summary>
    Program,
}

/// <summary>Determines the source of a setting.</summary>
public static class SettingSources
{
    private const string UserSecretsFile = "secrets.json";

    /// <summary>Gets the source that is effective for a key, or for keys below it.</summary>
    public static SettingSource SourceOf(this IConfiguration configuration, string key) =>
        configuration is IConfigurationRoot root && root.Providers.LastOrDefault(provider => HasValue(provider, key)) is { } provider
            ? GetSource(provider, key)
            : SettingSource.Default;

    private static bool HasValue(IConfigurationProvider provider, string key) =>
        provider.TryGet(key, out var value) ? value is not null : provider.GetChildKeys([], key).Any();

    private static SettingSource GetSource(IConfigurationProvider provider, string key) =>
        provider switch
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
