using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>A section that an options type reads; its properties are the keys.</summary>
internal sealed class OptionsSection<TOptions>(string name) : SettingsSection(name)
    where TOptions : class, new()
{
    public override IEnumerable<EffectiveSetting> Read(IConfiguration configuration, IServiceProvider services) =>
        Read(services.GetRequiredService<IOptions<TOptions>>().Value, Name, configuration);

    internal override IEnumerable<string> ValidateGiven(IConfiguration configuration)
    {
        TOptions options;
        try
        {
            options = SettingsBinder.Read<TOptions>(configuration, Name);
        }
        catch (InvalidSettingsException e)
        {
            return [e.Message];
        }

        var given = configuration
            .GetSection(Name)
            .GetChildren()
            .Select(setting => setting.Path)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return SettingsBinder.Validate(Name, options).Where(sentence => given.Contains(sentence.Split(' ')[0].TrimEnd(':')));
    }

    internal override IEnumerable<string> Validate(IConfiguration candidate, IServiceProvider services)
    {
        TOptions options;
        try
        {
            options = SettingsBinder.Read<TOptions>(candidate, Name);
        }
        catch (InvalidSettingsException e)
        {
            return [e.Message];
        }

        return services
            .GetServices<IValidateOptions<TOptions>>()
            .Select(rules => rules.Validate(Options.DefaultName, options))
            .SelectMany(result => result.Failures ?? []);
    }

    private static IEnumerable<EffectiveSetting> Read(object options, string path, IConfiguration configuration)
    {
        foreach (
            var property in options
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.GetIndexParameters() is [])
        )
        {
            var key = $"{path}:{property.Name}";
            var value = property.GetValue(options);
            if (SettingsBinder.IsNested(property.PropertyType))
            {
                foreach (var inner in value is null ? [] : Read(value, key, configuration))
                {
                    yield return inner;
                }

                continue;
            }

            var text = TextOf(value);
            var isSecret = property.IsDefined(typeof(SecretAttribute));
            yield return new EffectiveSetting(
                key,
                isSecret ? null : Redact.Text(text),
                isSecret,
                text is { Length: > 0 },
                configuration.SourceOf(key)
            );
        }
    }

    private static string? TextOf(object? value) =>
        value switch
        {
            null => null,
            string text => text,
            TimeSpan span => span.ToString("c"),
            bool flag => flag ? "true" : "false",
            IEnumerable items => string.Join(", ", items.Cast<object>().Select(TextOf)),
            IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
}
