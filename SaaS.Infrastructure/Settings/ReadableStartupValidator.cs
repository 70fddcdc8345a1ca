using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>Validates the settings when a host starts, unknown keys included, and reports errors without a stack trace.</summary>
internal sealed class ReadableStartupValidator(IStartupValidator inner, IConfiguration configuration, IEnumerable<SettingsSection> sections)
    : IStartupValidator
{
    public void Validate()
    {
        var unknown = UndeclaredSettings.Find(configuration, [.. sections]).ToList();
        try
        {
            inner.Validate();
        }
        catch (Exception e) when (StartupErrors.Explain(e) is { } explanation)
        {
            throw new InvalidSettingsException(string.Join('\n', [explanation, .. unknown]), e);
        }

        if (unknown.Count > 0)
        {
            throw new InvalidSettingsException(string.Join('\n', unknown));
        }
    }
}

public static class ReadableStartupValidation
{
    /// <summary>
    /// Replaces the framework's startup validator. Call it after the first <c>AddSettings</c>, which registers that validator.
    /// </summary>
    public static void ExplainStartupValidation(this IServiceCollection services)
    {
        var framework = services.Last(service => service.ServiceType == typeof(IStartupValidator)).ImplementationType!;
        services.AddTransient<IStartupValidator>(provider => new ReadableStartupValidator(
            (IStartupValidator)ActivatorUtilities.CreateInstance(provider, framework),
            provider.GetRequiredService<IConfiguration>(),
            provider.GetServices<SettingsSection>()
        ));
    }
}
