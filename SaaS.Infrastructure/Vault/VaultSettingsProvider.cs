using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Vault;

/// <summary>The configuration provider of the settings from Vault. It is the last one, so that Vault takes precedence.</summary>
internal sealed class VaultSettingsProvider(IReadOnlyDictionary<string, string?> first) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Data = first.ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Lists the settings that these values would change.</summary>
    public IReadOnlyList<string> GetChanges(IReadOnlyDictionary<string, string?> settings) =>
        [
            .. settings
                .Keys.Union(Data.Keys, StringComparer.OrdinalIgnoreCase)
                .Where(key => settings.GetValueOrDefault(key) != (TryGet(key, out var now) ? now : null))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Builds the configuration as it would be with these values, to validate it before it is applied.</summary>
    public IConfiguration Preview(IConfiguration configuration, IReadOnlyDictionary<string, string?> settings)
    {
        var all = configuration
            .AsEnumerable()
            .Where(setting => setting.Value is not null && !Data.ContainsKey(setting.Key))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var key in Data.Keys.Except(settings.Keys, StringComparer.OrdinalIgnoreCase))
        {
            // Another source may have a setting that Vault no longer has.
            if (
                ((IConfigurationRoot)configuration)
                    .Providers.Where(provider => provider != this)
                    .Reverse()
                    .Select(provider => provider.TryGet(key, out var value) ? value : null)
                    .FirstOrDefault(value => value is not null) is
                { } other
            )
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

    /// <summary>Applies validated values and reloads the configuration.</summary>
    /// <exception cref="AggregateException">
    /// A consumer of the configuration could not apply the values, and they were rolled back.
    /// </exception>
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
