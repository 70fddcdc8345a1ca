using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Settings;

/// <summary>Checks the secrets of a host.</summary>
public delegate IEnumerable<SecretFault> SecretRule(IConfiguration configuration, IHostEnvironment environment);

/// <summary>A missing, unusable or weak secret.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Sentence">Begins with the name of the setting, says what to do, and never contains the value.</param>
/// <param name="IsWeak">True when the secret works but is easy to guess; false when it is missing or unusable.</param>
public sealed record SecretFault(string Key, string Sentence, bool IsWeak)
{
    /// <summary>Creates the fault of a missing or unusable secret.</summary>
    public static SecretFault Unusable(string key, string sentence) => new(key, $"{key} {sentence}", IsWeak: false);

    /// <summary>Creates the fault of a weak secret, which is accepted in Development only.</summary>
    public static SecretFault Weak(string key, string sentence) => new(key, $"{key} {sentence}", IsWeak: true);
}
