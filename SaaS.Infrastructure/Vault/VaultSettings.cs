using System.Data.Common;
using System.Globalization;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// The host's secrets as they are in Vault, as settings of ours: three secrets below one path, with the names that the system before this
/// one gave their fields, and a fourth that only the processes may read that create databases.
/// </summary>
internal sealed class VaultSettings(VaultSecrets secrets, SecretsOptions options, bool provisions)
{
    public const string Database = "database";
    public const string Provisioning = "provisioning";
    public const string Jwt = "jwt";
    public const string Objects = "s3";

    /// <summary>What signed before the newest version is believed, as long as Vault has it and it is no older than so many.</summary>
    private const int EarlierKeys = 3;

    // What else there may be has a default of ours.
    private static readonly (string Secret, string[] Fields)[] Required =
    [
        (Database, ["main_url"]),
        (Provisioning, ["url"]),
        (Jwt, ["secret_key"]),
        (Objects, ["endpoint_url", "access_key_id", "secret_access_key"]),
    ];

    /// <exception cref="VaultException">Vault refused, or is away.</exception>
    /// <exception cref="InvalidSettingsException">Secrets or fields are missing, or cannot be right: all of them, by name.</exception>
    public async Task<IReadOnlyDictionary<string, string?>> ReadAsync(CancellationToken ct)
    {
        var found = new Dictionary<string, VaultSecret>();
        List<string> problems = [];
        foreach (var (name, _) in Required.Where(required => provisions || required.Secret is not Provisioning))
        {
            if (await secrets.FindAsync(PathOf(options, name), ct) is { } secret)
            {
                found[name] = secret;
                problems.AddRange(MissingIn(name, secret.Fields).Select(field => $"{WhereOf(name)} has no field {field}."));
            }
            else
            {
                problems.Add($"{WhereOf(name)} is not there.");
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
            AddJwt(settings, found[Jwt], await EarlierKeysAsync(found[Jwt], ct), problems);
            if (problems is [])
            {
                return settings;
            }
        }

        throw new InvalidSettingsException($"Vault does not hold what Secrets:Source=vault needs: {string.Join(' ', problems)}");
    }

    public static string PathOf(SecretsOptions options, string name) => $"{options.Path}/{options.Environment}/{name}";

    /// <summary>Which fields a secret has to have and has not.</summary>
    public static IEnumerable<string> MissingIn(string name, IReadOnlyDictionary<string, string> fields) =>
        Required.Single(required => required.Secret == name).Fields.Where(field => string.IsNullOrEmpty(fields.GetValueOrDefault(field)) && !(IsFolder(fields) && field is not "endpoint_url"));

    private string WhereOf(string name) => $"{options.Mount}/{PathOf(options, name)}";

    // A folder has no keys.
    private static bool IsFolder(IReadOnlyDictionary<string, string> fields) => fields.GetValueOrDefault("endpoint_url")?.StartsWith("file:", StringComparison.Ordinal) is true;

    private void AddDatabase(Dictionary<string, string?> settings, string secret, string url, string field, string connection, List<string> problems)
    {
        settings[$"ConnectionStrings:{connection}"] = ConnectionUrls.Postgres(url);
        if (settings[$"ConnectionStrings:{connection}"] is null)
        {
            problems.Add($"{WhereOf(secret)} must say postgresql://user:password@host:port/database in {field}.");
        }
    }

    private static void AddObjects(Dictionary<string, string?> settings, VaultSecret secret)
    {
        var connection = new DbConnectionStringBuilder();
        foreach (var (field, part) in new[] { ("endpoint_url", "Endpoint"), ("access_key_id", "AccessKey"), ("secret_access_key", "SecretKey") })
        {
            if (secret.Fields.GetValueOrDefault(field) is { Length: > 0 } value)
            {
                connection[part] = value;
            }
        }

        settings["ConnectionStrings:minio"] = connection.ConnectionString;
        foreach (var (field, key) in new[] { ("public_url", "Objects:PublicEndpoint"), ("bucket_name", "Objects:Bucket"), ("region", "Objects:Region") })
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
                problems.Add($"{WhereOf(Jwt)} must say seconds in access_token_expires.");
            }
        }
    }

    // An operator who does not want an old key believed deletes its version in Vault. One that anybody could guess is not believed:
    // it was written by mistake, and has signed nothing.
    private async Task<IReadOnlyList<string>> EarlierKeysAsync(VaultSecret newest, CancellationToken ct)
    {
        List<string> keys = [];
        for (var version = newest.Version - 1; version >= 1 && version >= newest.Version - EarlierKeys; version--)
        {
            if ((await secrets.FindAsync(PathOf(options, Jwt), ct, version))?.Fields.GetValueOrDefault("secret_key") is { } key && SecretStrength.OfKey(key) is null && key != newest.Fields["secret_key"])
            {
                keys.Add(key);
            }
        }

        return keys;
    }
}
