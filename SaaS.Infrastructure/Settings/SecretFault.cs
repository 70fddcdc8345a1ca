using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace SaaS.Infrastructure.Settings;

/// <summary>What is wrong with the secrets that a host is given.</summary>
public delegate IEnumerable<SecretFault> SecretRule(IConfiguration configuration, IHostEnvironment environment);

/// <summary>What is wrong with a secret.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Sentence">Begins with the setting's name, says what to do, and never holds its value.</param>
/// <param name="IsWeak">It would do, and anybody could guess it; false when nothing can work with it.</param>
public sealed record SecretFault(string Key, string Sentence, bool IsWeak)
{
    /// <summary>Nothing can work with it, or without it.</summary>
    public static SecretFault Unusable(string key, string sentence) => new(key, $"{key} {sentence}", IsWeak: false);

    /// <summary>Good enough for a developer's machine alone.</summary>
    public static SecretFault Weak(string key, string sentence) => new(key, $"{key} {sentence}", IsWeak: true);
}
