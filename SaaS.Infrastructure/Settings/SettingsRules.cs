using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Settings;

/// <summary>Holds a section against the rules on its properties, and names the keys as they are written.</summary>
internal sealed class SettingsRules<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options) =>
        SettingsBinder.FindBrokenRules(section, options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
}
