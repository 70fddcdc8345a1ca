using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>Validates the attributes of an options type, with the full keys in the messages.</summary>
internal sealed class SettingsValidator<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        SettingsBinder.Validate(section, options).ToList() is { Count: > 0 } faults
            ? ValidateOptionsResult.Fail(faults)
            : ValidateOptionsResult.Success;
}
