using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

/// <summary>A declared part of the configuration. All sections together are the settings that operators can use.</summary>
/// <param name="name">The prefix of its keys, such as <c>Mail</c>.</param>
public abstract class SettingsSection(string name)
{
    public string Name => name;

    /// <summary>Lists the effective settings of this process, without secrets.</summary>
    public abstract IEnumerable<EffectiveSetting> Read(IConfiguration configuration, IServiceProvider services);

    /// <summary>Checks the given settings, without requiring those that are missing.</summary>
    internal virtual IEnumerable<string> ValidateGiven(IConfiguration configuration) => [];

    /// <summary>Checks another configuration; each fault is a sentence that names the key and no value.</summary>
    internal virtual IEnumerable<string> Validate(IConfiguration candidate, IServiceProvider services) => [];
}

/// <summary>An effective setting, for display.</summary>
/// <param name="Key">The key, with colons between its parts.</param>
/// <param name="Value">The value; null when it is secret or not set.</param>
/// <param name="IsSecret">True when the value, or a part of it, is hidden.</param>
/// <param name="IsSet">True when it has a value.</param>
/// <param name="Source">The source of the value.</param>
public sealed record EffectiveSetting(string Key, string? Value, bool IsSecret, bool IsSet, SettingSource Source);

/// <summary>Marks an option whose value is never shown, only whether it is set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>A key that no options type reads, or a list of indexed keys below it.</summary>
internal sealed class SingleSetting(string key, string? preset, bool isSecret) : SettingsSection(key.Split(':')[0])
{
    public string Key => key;

    public override IEnumerable<EffectiveSetting> Read(IConfiguration configuration, IServiceProvider services)
    {
        string?[] items = [.. configuration.GetSection(key).GetChildren().Select(item => item.Value)];
        var value = items is [] ? configuration[key] ?? preset : string.Join(", ", items);
        yield return new EffectiveSetting(
            key,
            isSecret ? null : Redact.Text(value),
            isSecret,
            value is { Length: > 0 },
            configuration.SourceOf(key)
        );
    }
}

/// <summary>A connection string, of which only harmless parts are shown.</summary>
internal sealed class ConnectionSetting(string connection, Func<string, string> redact) : SettingsSection("ConnectionStrings")
{
    public override IEnumerable<EffectiveSetting> Read(IConfiguration configuration, IServiceProvider services)
    {
        var key = $"{Name}:{connection}";
        var value = configuration[key];
        var isSet = value is { Length: > 0 };
        yield return new EffectiveSetting(key, isSet ? redact(value!) : null, IsSecret: true, isSet, configuration.SourceOf(key));
    }
}
