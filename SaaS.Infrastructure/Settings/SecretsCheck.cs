using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Looks at every secret before anything uses one, so that whoever operates a host is told of all of them at once. In Development weak
/// ones do: what runs on a developer's machine protects nothing.
/// </summary>
internal sealed class SecretsCheck(SecretRule demanded, IHostEnvironment environment)
{
    /// <summary>What stops a host with these settings.</summary>
    public IReadOnlyList<SecretFault> FaultsIn(IConfiguration configuration) =>
        [.. demanded(configuration, environment).Where(fault => !fault.IsWeak || !environment.IsDevelopment())];

    /// <exception cref="InvalidSettingsException">A secret is missing, cannot be used, or is too weak for where this runs.</exception>
    public void Demand(IConfiguration configuration)
    {
        var faults = FaultsIn(configuration);
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

    private static string OriginOf(SecretFault fault, IConfiguration configuration) => configuration.SourceOf(fault.Key) switch
    {
        SettingSource.Default => "",
        var source => $" (Now from: {source}.)",
    };
}
