using Microsoft.Extensions.Configuration;
using Npgsql;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Postgres;

/// <summary>Checks the strength of the PostgreSQL passwords that a host is given.</summary>
public static class PostgresSecrets
{
    private const int LeastLength = 12;

    /// <param name="provisions">True when the host creates and drops databases.</param>
    public static IEnumerable<SecretFault> Validate(IConfiguration configuration, bool provisions) =>
        [
            .. ValidateConnection(configuration, PostgresRegistration.ControlConnection, isRequired: true),
            .. ValidateConnection(configuration, PostgresRegistration.ProvisioningConnection, isRequired: provisions),
            .. ValidateConnection(configuration, PostgresRegistration.SuperuserConnection, isRequired: false),
        ];

    private static IEnumerable<SecretFault> ValidateConnection(IConfiguration configuration, string name, bool isRequired)
    {
        var key = $"ConnectionStrings:{name}";
        if (configuration[key] is not { Length: > 0 } value)
        {
            return isRequired ? [SecretFault.Unusable(key, "is not set: Host=…;Port=…;Database=…;Username=…;Password=…")] : [];
        }

        if (Parse(value) is not { } connection)
        {
            return [SecretFault.Unusable(key, "cannot be read: it must be Host=…;Port=…;Database=…;Username=…;Password=…")];
        }

        var fault = (connection.Password, SignsInOtherwise(connection)) switch
        {
            (null or "", true) => null,
            (null or "", false) => "has no Password: set one, or a Passfile or an SSL Certificate.",
            ({ } password, _) => SecretStrength.CheckPassword(password, connection.Username, LeastLength) is { } weakness
                ? $"has a Password that {weakness}: set another one (ALTER ROLE … PASSWORD)."
                : null,
        };
        return fault is null ? [] : [SecretFault.Weak(key, fault)];
    }

    private static NpgsqlConnectionStringBuilder? Parse(string value)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(value);
        }
        catch (ArgumentException)
        {
            return null; // its message may quote the value
        }
    }

    private static bool SignsInOtherwise(NpgsqlConnectionStringBuilder connection) =>
        connection.Passfile is { Length: > 0 } || connection.SslCertificate is { Length: > 0 } || connection.Host?.StartsWith('/') is true;
}
