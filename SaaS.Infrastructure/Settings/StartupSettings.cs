using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Infrastructure.Settings;

/// <summary>Validates the settings of a command as the start of a host does, because a command starts no host.</summary>
public static class StartupSettings
{
    /// <exception cref="InvalidSettingsException">A key is unknown, or its value is invalid.</exception>
    public static void RequireKnownSettings(this IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var sections = services.GetServices<SettingsSection>().ToList();
        var faults = sections
            .SelectMany(section => section.ValidateGiven(configuration))
            .Concat(UndeclaredSettings.Find(configuration, sections))
            .Distinct()
            .ToList();
        if (faults.Count > 0)
        {
            throw new InvalidSettingsException(string.Join('\n', faults));
        }
    }
}
