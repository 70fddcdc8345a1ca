using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>How a room declares what it reads.</summary>
public static class DeclaredSettings
{
    /// <summary>A section that an options type reads. What cannot be right in it, and a key that it does not have, stop the start.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class, new()
    {
        services.AddSingleton<SettingsSection>(new OptionsSection<TOptions>(section));
        services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(provider => new ConfigurationChangeTokenSource<TOptions>(Options.DefaultName, provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<IValidateOptions<TOptions>>(new SettingsRules<TOptions>(section));
        return services.AddOptions<TOptions>().Configure<IConfiguration>((options, configuration) => SettingsBinder.Bind(configuration.GetSection(section), options)).ValidateOnStart();
    }

    /// <summary>A connection string.</summary>
    /// <param name="shown">What may be shown of it.</param>
    public static void AddConnectionSetting(this IServiceCollection services, string name, Func<string, string> shown) =>
        services.AddSingleton<SettingsSection>(new ConnectionSetting(name, shown));

    /// <summary>A single key, for what no options type reads.</summary>
    /// <param name="preset">What holds when nothing is said.</param>
    public static void AddSetting(this IServiceCollection services, string key, string? preset = null, bool isSecret = false) =>
        services.AddSingleton<SettingsSection>(new SingleSetting(key, preset, isSecret));
}
