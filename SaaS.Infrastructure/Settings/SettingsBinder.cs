using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Binds a section to its options type. An error names the key and the allowed values, but never the value, which may be a secret.
/// </summary>
internal static class SettingsBinder
{
    private static readonly (Type Type, string Form)[] Forms =
    [
        (typeof(TimeSpan), "a time span, such as 00:00:30"),
        (typeof(bool), "true or false"),
        (typeof(Uri), "an address, such as https://example.com"),
        (typeof(double), "a number"),
    ];

    /// <exception cref="InvalidSettingsException">A key is unknown, or its value has the wrong format.</exception>
    public static TOptions Read<TOptions>(IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        var options = new TOptions();
        Bind(configuration.GetSection(section), options);
        return options;
    }

    /// <exception cref="InvalidSettingsException">A key is unknown, or its value has the wrong format.</exception>
    public static void Bind(IConfigurationSection section, object options)
    {
        if (ValidateKeys(section, options.GetType()) is { } fault)
        {
            throw new InvalidSettingsException(fault);
        }

        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidSettingsException($"{section.Path} has a value that cannot be read.", e); // its message may quote the value
        }
    }

    /// <summary>Returns the validation errors of an options type, each as a sentence that begins with the key.</summary>
    public static IEnumerable<string> Validate(string section, object options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var member = result.MemberNames.FirstOrDefault();
            var key = member is null ? section : $"{section}:{member}";
            var message = result.ErrorMessage ?? "is not valid.";
            yield return member is null ? $"{key}: {message}"
            : message.StartsWith($"The {member} field ", StringComparison.Ordinal) ? $"{key} {message[$"The {member} field ".Length..]}"
            : message.StartsWith($"The field {member} ", StringComparison.Ordinal) ? $"{key} {message[$"The field {member} ".Length..]}"
            : message.StartsWith(key, StringComparison.Ordinal) ? message
            : $"{key}: {message}";
        }
    }

    private static string? ValidateKeys(IConfigurationSection section, Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite || IsNested(property.PropertyType))
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (!properties.TryGetValue(child.Key, out var property))
            {
                return $"{child.Path} is not a setting; {section.Path} has {string.Join(", ", properties.Keys.Order(StringComparer.Ordinal))}.";
            }

            if (
                (
                    IsNested(property.PropertyType)
                        ? ValidateKeys(child, property.PropertyType)
                        : ValidateValue(child, property.PropertyType)
                ) is
                { } fault
            )
            {
                return fault;
            }
        }

        return null;
    }

    private static string? ValidateValue(IConfigurationSection setting, Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (
            setting.Value is not { Length: > 0 } text
            || bare == typeof(string)
            || !TypeDescriptor.GetConverter(bare).CanConvertFrom(typeof(string))
        )
        {
            return null;
        }

        try
        {
            TypeDescriptor.GetConverter(bare).ConvertFromInvariantString(text);
            return null;
        }
#pragma warning disable CA1031 // converters wrap every failure in a plain Exception
        catch (Exception)
#pragma warning restore CA1031
        {
            return $"{setting.Path} must be {FormOf(bare)}.";
        }
    }

    private static string FormOf(Type type) =>
        type.IsEnum
            ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : Forms.FirstOrDefault(form => form.Type == type).Form ?? (type.IsPrimitive ? "a whole number" : $"a {type.Name}");

    /// <summary>Returns true for an options type within another, whose own properties are settings.</summary>
    public static bool IsNested(Type type) =>
        type is { IsClass: true, Namespace: { } from } && from.StartsWith("SaaS.", StringComparison.Ordinal);
}

/// <summary>Validates the attributes of an options type, with the full keys in the messages.</summary>
internal sealed class SettingsValidator<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        SettingsBinder.Validate(section, options).ToList() is { Count: > 0 } faults
            ? ValidateOptionsResult.Fail(faults)
            : ValidateOptionsResult.Success;
}
