using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

/// <summary>A part of the configuration that the product reads. Whoever reads one declares it; together they are all that operators can set.</summary>
/// <param name="name">How its keys begin, such as <c>Mail</c>.</param>
public abstract class SettingsSection(string name)
{
    public string Name => name;

    /// <summary>What this process works with, with what is secret left out.</summary>
    public abstract IEnumerable<EffectiveSetting> Read(IConfiguration configuration, IServiceProvider services);

    /// <summary>What is wrong with the settings that are given, without asking for those that are not.</summary>
    internal virtual IEnumerable<string> FindFaultsOfGiven(IConfiguration configuration) => [];

    /// <summary>What would be wrong with other settings, each as a sentence that names the key and no value.</summary>
    internal virtual IEnumerable<string> FaultsIn(IConfiguration candidate, IServiceProvider services) => [];
}

/// <summary>One setting, as it may be shown.</summary>
/// <param name="Key">With colons between its parts.</param>
/// <param name="Value">As it is written; null when it is secret, or says nothing.</param>
/// <param name="IsSecret">Whether its value, or a part of it, is kept back.</param>
/// <param name="IsSet">Whether it says anything.</param>
/// <param name="Source">Where that comes from.</param>
public sealed record EffectiveSetting(string Key, string? Value, bool IsSecret, bool IsSet, SettingSource Source);
