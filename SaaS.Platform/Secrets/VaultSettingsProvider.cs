using Microsoft.Extensions.Configuration;

namespace SaaS.Platform.Secrets;

/// <summary>The last settings that were read from Vault, as a source of the configuration. It goes behind all others: with Vault chosen, Vault says.</summary>
internal sealed class VaultSettingsProvider(IReadOnlyDictionary<string, string?> first) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Data = first.ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes other values, and lets everybody who reads settings as they are now see them.</summary>
    /// <returns>The names of those that differ.</returns>
    /// <exception cref="AggregateException">Somebody cannot work with them: they were taken back.</exception>
    public IReadOnlyList<string> Replace(IReadOnlyDictionary<string, string?> settings)
    {
        var before = Data.ToDictionary(StringComparer.OrdinalIgnoreCase);
        string[] changed = [.. settings.Keys.Union(before.Keys).Where(key => settings.GetValueOrDefault(key) != before.GetValueOrDefault(key)).Order(StringComparer.Ordinal)];
        if (changed is [])
        {
            return changed;
        }

        Data = settings.ToDictionary(StringComparer.OrdinalIgnoreCase);
        try
        {
            OnReload(); // whoever watches its options checks them now
        }
        catch
        {
            Data = before;
            OnReload();
            throw;
        }

        return changed;
    }

    public override string ToString() => "Vault";
}
