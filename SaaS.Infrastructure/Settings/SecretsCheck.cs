using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Checks all secrets at the start, so that the operator sees all errors at once. In Development weak secrets are accepted.
/// </summary>
internal sealed class SecretsCheck(SecretRule rule, IHostEnvironment environment)
{
    /// <summary>Returns the faults that stop a host with these settings.</summary>
    public IReadOnlyList<SecretFault> Validate(IConfiguration configuration) =>
        [.. rule(configuration, environment).Where(fault => !fault.IsWeak || !environment.IsDevelopment())];

    /// <exception cref="InvalidSettingsException">A secret is missing, unusable, or too weak for this environment.</exception>
    public void ThrowIfInvalid(IConfiguration configuration)
    {
        var faults = Validate(configuration);
        if (faults is [])
        {
            return;
        }

        string[] lines =
        [
            $"{environment.ApplicationName} does not start in {environment.EnvironmentName}: {faults.Count} of its secrets are missing or too weak.",
            .. faults.Select(fault => $"  - {fault.Sentence}{OriginOf(fault, configuration)}"),
            "A random secret is what `openssl rand -hex 32` prints. docs/CONFIGURATION.md has every key, docs/VAULT.md those that may be in Vault.",
        ];
        throw new InvalidSettingsException(string.Join('\n', lines));
    }

    private static string OriginOf(SecretFault fault, IConfiguration configuration) =>
        configuration.SourceOf(fault.Key) switch
        {
            SettingSource.Default => "",
            var source => $" (Now from: {source}.)",
        };
}
