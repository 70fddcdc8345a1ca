using System.Data.Common;
using System.Globalization;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// Reads the secrets of the host from Vault as settings: three secrets below one path, with the field names of the previous system, and a
/// fourth one that only processes that create databases may read.
/// </summary>
internal sealed class VaultSettings(VaultSecrets secrets, SecretsOptions options, bool provisions)
{
    public const string Database = "database";
    public const string Provisioning = "provisioning";
    public const string Jwt = "jwt";
    public const string Objects = "s3";

    /// <summary>The number of previous signing keys that are still accepted, as long as Vault has their versions.</summary>
    private const int RetiredKeyCount = 3;

    // All other fields have a default.
    private static readonly (string Secret, string[] Fields)[] Required =
    [
        (Database, ["main_url"]),
        (Provisioning, ["url"]),
        (Jwt, ["secret_key"]),
        (Objects, ["endpoint_url", "access_key_id", "secret_access_key"]),
    ];

    /// <exception cref="VaultException">Vault rejected the request, or is unavailable.</exception>
    /// <exception cref="InvalidSettingsException">Secrets or fields are missing or invalid; the message names all of them.</exception>
    public async Task<IReadOnlyDictionary<string, string?>> ReadAsync(CancellationToken ct)
    {
        var found = new Dictionary<string, VaultSecret>();
        List<string> problems = [];
        foreach (var (name, _) in Required.Where(required => provisions || required.Secret is not Provisioning))
        {
            if (await secrets.FindAsync(PathOf(options, name), ct) is { } secret)
            {
                found[name] = secret;
                problems.AddRange(GetMissingFields(name, secret.Fields).Select(field => $"{DisplayPathOf(name)} has no field {field}."));
            }
            else
            {
                problems.Add($"{DisplayPathOf(name)} is not there.");
            }
        }

        if (problems is [])
        {
            var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            AddDatabase(settings, Database, found[Database].Fields["main_url"], "main_url", "saas-platform", problems);
            if (provisions)
            {
                AddDatabase(settings, Provisioning, found[Provisioning].Fields["url"], "url", "saas-provisioning", problems);
            }

            AddObjects(settings, found[Objects]);
            AddJwt(settings, found[Jwt], await ReadRetiredKeysAsync(found[Jwt], ct), problems);
            if (problems is [])
            {
                return settings;
            }
        }

        throw new InvalidSettingsException(
            $"Vault does not have the secrets that Secrets:Source=vault needs: {string.Join(' ', problems)}"
        );
    }

    public static string PathOf(SecretsOptions options, string name) => $"{options.Path}/{options.Environment}/{name}";

    /// <summary>Lists the required fields that a secret does not have.</summary>
    public static IEnumerable<string> GetMissingFields(string name, IReadOnlyDictionary<string, string> fields) =>
        Required
            .Single(required => required.Secret == name)
            .Fields.Where(field =>
                string.IsNullOrEmpty(fields.GetValueOrDefault(field)) && !(IsFolder(fields) && field is not "endpoint_url")
            );

    private string DisplayPathOf(string name) => $"{options.Mount}/{PathOf(options, name)}";

    // A folder needs no keys.
    private static bool IsFolder(IReadOnlyDictionary<string, string> fields) =>
        fields.GetValueOrDefault("endpoint_url")?.StartsWith("file:", StringComparison.Ordinal) is true;

    private void AddDatabase(
        Dictionary<string, string?> settings,
        string secret,
        string url,
        string field,
        string connection,
        List<string> problems
    )
    {
        settings[$"ConnectionStrings:{connection}"] = ConnectionUrls.Postgres(url);
        if (settings[$"ConnectionStrings:{connection}"] is null)
        {
            problems.Add($"{DisplayPathOf(secret)} must have postgresql://user:password@host:port/database in {field}.");
        }
    }

    private static void AddObjects(Dictionary<string, string?> settings, VaultSecret secret)
    {
        var connection = new DbConnectionStringBuilder();
        foreach (
            var (field, part) in new[] { ("endpoint_url", "Endpoint"), ("access_key_id", "AccessKey"), ("secret_access_key", "SecretKey") }
        )
        {
            if (secret.Fields.GetValueOrDefault(field) is { Length: > 0 } value)
            {
                connection[part] = value;
            }
        }

        settings["ConnectionStrings:minio"] = connection.ConnectionString;
        foreach (
            var (field, key) in new[]
            {
                ("public_url", "Objects:PublicEndpoint"),
                ("bucket_name", "Objects:Bucket"),
                ("region", "Objects:Region"),
            }
        )
        {
            if (secret.Fields.GetValueOrDefault(field) is { Length: > 0 } value)
            {
                settings[key] = value;
            }
        }
    }

    private void AddJwt(Dictionary<string, string?> settings, VaultSecret secret, IReadOnlyList<string> earlier, List<string> problems)
    {
        settings["Jwt:SigningKey"] = secret.Fields["secret_key"];
        for (var i = 0; i < earlier.Count; i++)
        {
            settings[string.Create(CultureInfo.InvariantCulture, $"Jwt:RetiredSigningKeys:{i}")] = earlier[i];
        }

        if (secret.Fields.GetValueOrDefault("access_token_expires") is { Length: > 0 } lifetime)
        {
            if (int.TryParse(lifetime, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                settings["Sessions:AccessTokenLifetime"] = TimeSpan.FromSeconds(seconds).ToString("c");
            }
            else
            {
                problems.Add($"{DisplayPathOf(Jwt)} must have a number of seconds in access_token_expires.");
            }
        }
    }

    // An operator revokes an old signing key by deleting its version in Vault. A weak one is not accepted: it was written by mistake, and
    // has signed nothing.
    private async Task<IReadOnlyList<string>> ReadRetiredKeysAsync(VaultSecret newest, CancellationToken ct)
    {
        List<string> keys = [];
        for (var version = newest.Version - 1; version >= 1 && version >= newest.Version - RetiredKeyCount; version--)
        {
            if (
                (await secrets.FindAsync(PathOf(options, Jwt), ct, version))?.Fields.GetValueOrDefault("secret_key") is { } key
                && SecretStrength.CheckKey(key) is null
                && key != newest.Fields["secret_key"]
            )
            {
                keys.Add(key);
            }
        }

        return keys;
    }
}
