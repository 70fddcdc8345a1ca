using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Vault;

/// <summary>The last settings that were read from Vault, as a source of the configuration. It goes behind all others: with Vault chosen, Vault says.</summary>
internal sealed class VaultSettingsProvider(IReadOnlyDictionary<string, string?> first) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Data = first.ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of the settings that these would change.</summary>
    public IReadOnlyList<string> ChangedBy(IReadOnlyDictionary<string, string?> settings) =>
        [.. settings.Keys.Union(Data.Keys, StringComparer.OrdinalIgnoreCase).Where(key => settings.GetValueOrDefault(key) != (TryGet(key, out var now) ? now : null)).Order(StringComparer.Ordinal)];

    /// <summary>The whole configuration as it would be with these, for whoever checks them before anybody works with them.</summary>
    public IConfiguration Preview(IConfiguration configuration, IReadOnlyDictionary<string, string?> settings)
    {
        var all = configuration.AsEnumerable().Where(setting => setting.Value is not null && !Data.ContainsKey(setting.Key)).ToDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var key in Data.Keys.Except(settings.Keys, StringComparer.OrdinalIgnoreCase))
        {
            // What Vault does not say any more, another source may.
            if (((IConfigurationRoot)configuration).Providers.Where(provider => provider != this).Reverse().Select(provider => provider.TryGet(key, out var value) ? value : null).FirstOrDefault(value => value is not null) is { } other)
            {
                all[key] = other;
            }
        }

        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(all).Build();
    }

    /// <summary>Takes other values, which a look at the preview has found to be right, and lets everybody who reads settings as they are now see them.</summary>
    /// <exception cref="AggregateException">Somebody cannot work with them for a reason that no preview shows: they were taken back.</exception>
    public void Replace(IReadOnlyDictionary<string, string?> settings)
    {
        var before = Data;
        Data = settings.ToDictionary(StringComparer.OrdinalIgnoreCase);
        try
        {
            OnReload();
        }
        catch
        {
            Data = before;
            OnReload();
            throw;
        }
    }

    public override string ToString() => "Vault";
}
