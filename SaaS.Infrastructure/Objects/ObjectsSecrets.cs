using System.Data.Common;
using Microsoft.Extensions.Configuration;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Objects;

/// <summary>Checks the strength of the object store's secret key; a folder has none.</summary>
public static class ObjectsSecrets
{
    private const string Key = $"ConnectionStrings:{ObjectsRegistration.ConnectionName}";
    private const int LeastLength = 12;

    public static IEnumerable<SecretFault> Validate(IConfiguration configuration)
    {
        if (configuration[Key] is not { Length: > 0 } value)
        {
            return
            [
                SecretFault.Unusable(Key, "is not set: Endpoint=https://host:port;AccessKey=…;SecretKey=…, or Endpoint=file:///folder"),
            ];
        }

        if (Parse(value) is not { } parts)
        {
            return
            [
                SecretFault.Unusable(
                    Key,
                    "cannot be read: it must be Endpoint=https://host:port;AccessKey=…;SecretKey=…, or Endpoint=file:///folder"
                ),
            ];
        }

        var (access, secret) = (ObjectsRegistration.Part(parts, "AccessKey"), ObjectsRegistration.Part(parts, "SecretKey"));
        return (Uri.TryCreate(ObjectsRegistration.Part(parts, "Endpoint"), UriKind.Absolute, out var endpoint), access, secret) switch
        {
            (true, _, _) when endpoint!.IsFile => [],
            (_, null or "", _) or (_, _, null or "") =>
            [
                SecretFault.Unusable(Key, "must contain AccessKey=… and SecretKey=… in addition to its Endpoint."),
            ],
            _ => SecretStrength.CheckPassword(secret, access, LeastLength) is { } weakness
                ? [SecretFault.Weak(Key, $"has a SecretKey that {weakness}: create another key on the server.")]
                : [],
        };
    }

    private static DbConnectionStringBuilder? Parse(string value)
    {
        try
        {
            return ObjectsRegistration.PartsOf(value);
        }
        catch (ArgumentException)
        {
            return null; // its message may quote the value
        }
    }
}
