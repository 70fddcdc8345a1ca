using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

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
