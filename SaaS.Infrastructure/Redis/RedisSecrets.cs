using Microsoft.Extensions.Configuration;
using SaaS.Infrastructure.Settings;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>Checks the strength of the Redis password.</summary>
public static class RedisSecrets
{
    private const string Key = $"ConnectionStrings:{RedisRegistration.ConnectionName}";
    private const int LeastLength = 12;

    public static IEnumerable<SecretFault> Validate(IConfiguration configuration)
    {
        if (configuration[Key] is not { Length: > 0 } value)
        {
            return [SecretFault.Unusable(Key, "is not set: host:port,password=…")];
        }

        if (Parse(value) is not { } options)
        {
            return [SecretFault.Unusable(Key, "cannot be read: it must be host:port,password=…")];
        }

        var fault = options.Password is { Length: > 0 } password
            ? SecretStrength.CheckPassword(password, options.User, LeastLength) is { } weakness
                ? $"has a password that {weakness}: set another one (requirepass, or ACL SETUSER)."
                : null
            : "has no password: anyone who reaches Redis could remove all rate limits. Set one (requirepass, or ACL SETUSER).";
        return fault is null ? [] : [SecretFault.Weak(Key, fault)];
    }

    /// <summary>Redacts a connection string.</summary>
    internal static string RedactConnection(string value)
    {
        if (Parse(value) is not { } options)
        {
            return Redact.Mask;
        }

        options.Password = options.Password is { Length: > 0 } ? Redact.Mask : null;
        return Redact.Text(options.ToString(includePassword: true))!;
    }

    private static ConfigurationOptions? Parse(string value)
    {
        try
        {
            var options = ConfigurationOptions.Parse(value);
            return options.EndPoints.Count > 0 ? options : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return null; // its message may quote the value
        }
    }
}
