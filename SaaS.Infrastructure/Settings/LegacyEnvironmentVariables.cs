using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Maps environment variables of the previous system to our settings, so that an installation can be taken over as it is. A setting of ours
/// takes precedence.
/// </summary>
internal static class LegacyEnvironmentVariables
{
    private const string Objects = "ConnectionStrings:minio";

    /// <summary>All mappings. An earlier one takes precedence over a later one with the same key.</summary>
    public static IReadOnlyList<LegacyEnvironmentVariable> All { get; } =
    [
        new("DATABASE_URL", "ConnectionStrings:saas-platform", ConnectionUrls.Postgres),
        new("REDIS_URL", "ConnectionStrings:redis", ConnectionUrls.Redis),
        new("KAFKA_BOOTSTRAP_SERVERS", "ConnectionStrings:kafka", Same),
        new("S3_ENDPOINT_URL", Objects, Same) { Part = "Endpoint" },
        new("S3_ACCESS_KEY_ID", Objects, Same) { Part = "AccessKey" },
        new("S3_SECRET_ACCESS_KEY", Objects, Same) { Part = "SecretKey" },
        new("S3_PUBLIC_URL", "Objects:PublicEndpoint", Same),
        new("S3_BUCKET_NAME", "Objects:Bucket", Same),
        new("S3_BUCKET", "Objects:Bucket", Same),
        new("S3_REGION", "Objects:Region", Same),
        new("MAX_FILE_SIZE_MB", "Uploads:MaxFileBytes", Mebibytes),
        new("JWT_SECRET_KEY", "Jwt:SigningKey", Same),
        new("JWT_ACCESS_TOKEN_EXPIRES", "Sessions:AccessTokenLifetime", Seconds),
        new("JWT_REFRESH_TOKEN_EXPIRES", "Sessions:RefreshTokenLifetime", Seconds),
        new("CORS_ORIGINS", "Cors:Origins", Same) { IsList = true },
        new("APP_BASE_URL", "Credentials:Pages", value => $"{value.TrimEnd('/')}/account/"),
        new("MAIL_SERVER", "Mail:Smtp:Host", Same),
        new("MAIL_PORT", "Mail:Smtp:Port", Same),
        new("MAIL_USERNAME", "Mail:Smtp:UserName", Same),
        new("MAIL_PASSWORD", "Mail:Smtp:Password", Same),
        new("MAIL_DEFAULT_SENDER", "Mail:From:Address", Same),
        new("LOG_LEVEL", "Logging:LogLevel:Default", LogLevel),
        new("USE_VAULT", "Secrets:Source", value => bool.TryParse(value, out var uses) ? (uses ? "vault" : "environment") : null),
        new("VAULT_ENVIRONMENT", "Secrets:Environment", Same),
        new("VAULT_ADDR", "Vault:Address", Same),
        new("VAULT_ROLE_ID", "Vault:RoleId", Same),
        new("VAULT_SECRET_ID", "Vault:SecretId", Same),
    ];

    /// <summary>Adds the mapped settings that are not set otherwise.</summary>
    /// <exception cref="InvalidSettingsException">
    /// A variable has an invalid value; the message names the variable, not its value.
    /// </exception>
    public static void Add(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var byKey in All.GroupBy(name => name.Key).Where(group => !configuration.GetSection(group.Key).Exists()))
        {
            foreach (var name in byKey.Where(name => configuration[name.Variable] is { Length: > 0 }))
            {
                name.AddTo(settings, configuration[name.Variable]!);
            }
        }

        if (settings.Count > 0)
        {
            configuration.Add(new LegacyEnvironmentVariablesProvider(settings));
        }
    }

    private static string Same(string value) => value;

    private static string? Seconds(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds).ToString("c")
            : null;

    private static string? Mebibytes(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? (size * 1024 * 1024).ToString(CultureInfo.InvariantCulture)
            : null;

    private static string? LogLevel(string value) =>
        value.ToUpperInvariant() switch
        {
            "DEBUG" => "Debug",
            "INFO" => "Information",
            "WARNING" => "Warning",
            "ERROR" => "Error",
            "CRITICAL" => "Critical",
            _ => null,
        };
}

/// <summary>The configuration source of the mapped settings.</summary>
internal sealed class LegacyEnvironmentVariablesProvider(IReadOnlyDictionary<string, string?> settings)
    : ConfigurationProvider,
        IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Data = settings.ToDictionary(StringComparer.OrdinalIgnoreCase);
}

/// <summary>The mapping of one environment variable.</summary>
/// <param name="Variable">The name of the variable.</param>
/// <param name="Key">The key of our setting.</param>
/// <param name="Translate">Converts the value; null when it is invalid.</param>
internal sealed record LegacyEnvironmentVariable(string Variable, string Key, Func<string, string?> Translate)
{
    /// <summary>The part of a connection string that several variables form together.</summary>
    public string? Part { get; init; }

    /// <summary>True for a comma-separated list.</summary>
    public bool IsList { get; init; }

    public void AddTo(Dictionary<string, string?> settings, string value)
    {
        var translated =
            Translate(value.Trim())
            ?? throw new InvalidSettingsException($"The environment variable {Variable} has an invalid value; set {Key} instead.");
        if (Part is { } part)
        {
            settings[Key] = new DbConnectionStringBuilder
            {
                ConnectionString = settings.GetValueOrDefault(Key) ?? "",
                [part] = translated,
            }.ConnectionString;
        }
        else if (IsList)
        {
            foreach (
                var (index, item) in translated.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Index()
            )
            {
                settings[string.Create(CultureInfo.InvariantCulture, $"{Key}:{index}")] = item;
            }
        }
        else
        {
            settings.TryAdd(Key, translated);
        }
    }
}
