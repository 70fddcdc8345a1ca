using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

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
