using System.Globalization;
using Npgsql;

namespace SaaS.Infrastructure.Settings;

/// <summary>Converts connection URLs of the previous system to the formats of our clients.</summary>
internal static class ConnectionUrls
{
    private const int PostgresPort = 5432;
    private const int RedisPort = 6379;

    /// <summary>
    /// Converts <c>postgresql://user:password@host:port/database?sslmode=require</c>; a connection string of Npgsql stays as it is.
    /// </summary>
    /// <returns>Null when the value is neither.</returns>
    public static string? Postgres(string value)
    {
        try
        {
            if (!value.Contains("://", StringComparison.Ordinal))
            {
                var own = new NpgsqlConnectionStringBuilder(value);
                return own is { Host.Length: > 0, Username.Length: > 0 } ? value : null;
            }

            // postgresql+psycopg2:// names a Python driver.
            if (
                !Uri.TryCreate(value, UriKind.Absolute, out var url)
                || url.Scheme.Split('+')[0] is not ("postgresql" or "postgres")
                || url.Host.Length is 0
            )
            {
                return null;
            }

            var (user, password) = CredentialsOf(url);
            var built = new NpgsqlConnectionStringBuilder
            {
                Host = url.Host,
                Port = url.Port > 0 ? url.Port : PostgresPort,
                Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
                Username = user,
                Password = password,
            };
            if (ParameterOf(url, "sslmode") is { } mode)
            {
                built.SslMode = Enum.Parse<SslMode>(mode.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            }

            return built is { Database.Length: > 0, Username.Length: > 0 } ? built.ConnectionString : null;
        }
        catch (ArgumentException)
        {
            return null; // its message may quote the password
        }
    }

    /// <summary>
    /// Converts <c>redis://user:password@host:port/database</c>, <c>rediss</c> with TLS; a configuration of StackExchange.Redis stays as it
    /// is.
    /// </summary>
    /// <returns>Null when the value is neither.</returns>
    public static string? Redis(string value)
    {
        if (!value.Contains("://", StringComparison.Ordinal))
        {
            return value;
        }

        if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length is 0)
        {
            return null;
        }

        var (user, password) = CredentialsOf(url);
        if ((user + password).Contains(',', StringComparison.Ordinal))
        {
            return null; // the target format cannot express a comma
        }

        string?[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{url.Host}:{(url.Port > 0 ? url.Port : RedisPort)}"),
            user is { Length: > 0 } ? $"user={user}" : null,
            password is { Length: > 0 } ? $"password={password}" : null,
            int.TryParse(url.AbsolutePath.TrimStart('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var database)
                ? string.Create(CultureInfo.InvariantCulture, $"defaultDatabase={database}")
                : null,
            url.Scheme is "rediss" ? "ssl=true" : null,
        ];
        return string.Join(',', parts.OfType<string>());
    }

    private static (string? User, string? Password) CredentialsOf(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length is 2 ? Uri.UnescapeDataString(parts[1]) : null);
    }

    private static string? ParameterOf(Uri url, string name) =>
        url
            .Query.TrimStart('?')
            .Split('&')
            .Select(pair => pair.Split('=', 2))
            .FirstOrDefault(pair => pair.Length is 2 && pair[0] == name)
            ?[1];
}
