using Microsoft.Extensions.Configuration;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sessions;

/// <summary>What a host demands of the secrets that tokens are signed with: whoever guesses one signs in as anybody.</summary>
internal static class SigningSecrets
{
    private const string Key = $"{SessionsModule.JwtSection}:{nameof(JwtOptions.SigningKey)}";

    public static IEnumerable<SecretFault> FaultsIn(IConfiguration configuration) => [.. OfCurrent(configuration[Key]), .. OfRetired(configuration)];

    private static IEnumerable<SecretFault> OfCurrent(string? secret) => secret switch
    {
        null or "" => [SecretFault.Unusable(Key, $"is not set: at least {SecretStrength.LeastKeyLength} random characters (openssl rand -hex 48).")],
        { Length: < SecretStrength.LeastKeyLength } => [SecretFault.Unusable(Key, $"must have at least {SecretStrength.LeastKeyLength} characters, at random (openssl rand -hex 48).")],
        _ => SecretStrength.OfKey(secret) is { } weakness ? [SecretFault.Weak(Key, $"{weakness}: it must be random (openssl rand -hex 48).")] : [],
    };

    // What they have signed is still believed, and so is what somebody else signs with a guess at them.
    private static IEnumerable<SecretFault> OfRetired(IConfiguration configuration)
    {
        foreach (var retired in configuration.GetSection($"{SessionsModule.JwtSection}:{nameof(JwtOptions.RetiredSigningKeys)}").GetChildren())
        {
            if (retired.Value is { } secret && SecretStrength.OfKey(secret) is { } weakness)
            {
                yield return SecretFault.Weak(retired.Path, $"{weakness}: take it away, whom it has signed in signs in again.");
            }
        }
    }
}
