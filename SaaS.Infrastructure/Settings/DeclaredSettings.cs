using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>Declares the settings that a module reads.</summary>
public static class DeclaredSettings
{
    /// <summary>Binds a section to an options type. An invalid value or an unknown key in it stops the start.</summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class, new()
    {
        services.AddSingleton<SettingsSection>(new OptionsSection<TOptions>(section));
        services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(provider => new ConfigurationChangeTokenSource<TOptions>(
            Options.DefaultName,
            provider.GetRequiredService<IConfiguration>()
        ));
        services.AddSingleton<IValidateOptions<TOptions>>(new SettingsValidator<TOptions>(section));
        return services
            .AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => SettingsBinder.Bind(configuration.GetSection(section), options))
            .ValidateOnStart();
    }

    /// <summary>Declares a connection string.</summary>
    /// <param name="redact">Redacts the value.</param>
    public static void AddConnectionSetting(this IServiceCollection services, string name, Func<string, string> redact) =>
        services.AddSingleton<SettingsSection>(new ConnectionSetting(name, redact));

    /// <summary>Declares a single key that no options type reads.</summary>
    /// <param name="preset">The default value.</param>
    public static void AddSetting(this IServiceCollection services, string key, string? preset = null, bool isSecret = false) =>
        services.AddSingleton<SettingsSection>(new SingleSetting(key, preset, isSecret));
}
