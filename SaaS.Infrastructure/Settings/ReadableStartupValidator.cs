using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Validates settings at a host's start as the framework does, and the keys that nothing reads; refuses them without a stack trace, which the
/// host would log.
/// </summary>
internal sealed class ReadableStartupValidator(IStartupValidator inner, IConfiguration configuration, IEnumerable<SettingsSection> sections) : IStartupValidator
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
    /// <summary>Goes after the first declared settings, whose declaration brings the framework's validator.</summary>
    public static void ExplainStartupValidation(this IServiceCollection services)
    {
        var framework = services.Last(service => service.ServiceType == typeof(IStartupValidator)).ImplementationType!;
        services.AddTransient<IStartupValidator>(provider => new ReadableStartupValidator(
            (IStartupValidator)ActivatorUtilities.CreateInstance(provider, framework),
            provider.GetRequiredService<IConfiguration>(),
            provider.GetServices<SettingsSection>()));
    }
}
