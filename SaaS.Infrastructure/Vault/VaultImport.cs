using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Moves what an environment file says into the secrets in Vault that hosts read with <c>Secrets:Source=vault</c>.</summary>
public sealed class VaultImport : IDisposable
{
    // Old names and ours; the first that the file has says it.
    private static readonly (string Secret, string Field, string[] Variables)[] Moved =
    [
        (VaultSettings.Database, "main_url", ["ConnectionStrings__saas-platform", "DATABASE_URL"]),
        (VaultSettings.Provisioning, "url", ["ConnectionStrings__saas-provisioning", "PROVISIONING_DATABASE_URL"]),
        (VaultSettings.Jwt, "secret_key", ["Jwt__SigningKey", "JWT_SECRET_KEY"]),
        (VaultSettings.Jwt, "access_token_expires", ["JWT_ACCESS_TOKEN_EXPIRES"]),
        (VaultSettings.Objects, "endpoint_url", ["S3_ENDPOINT_URL"]),
        (VaultSettings.Objects, "access_key_id", ["S3_ACCESS_KEY_ID"]),
        (VaultSettings.Objects, "secret_access_key", ["S3_SECRET_ACCESS_KEY"]),
        (VaultSettings.Objects, "public_url", ["Objects__PublicEndpoint", "S3_PUBLIC_URL"]),
        (VaultSettings.Objects, "bucket_name", ["Objects__Bucket", "S3_BUCKET_NAME", "S3_BUCKET"]),
        (VaultSettings.Objects, "region", ["Objects__Region", "S3_REGION"]),
    ];

    private readonly VaultClient _vault;
    private readonly VaultSecrets _secrets;
    private readonly SecretsOptions _options;

    private VaultImport(VaultOptions vault, SecretsOptions options)
    {
        _vault = new VaultClient(vault, TimeProvider.System, NullLoggerFactory.Instance);
        (_secrets, _options) = (new VaultSecrets(_vault, options.Mount), options);
    }

    /// <summary>As the configuration says: <c>Vault:…</c> and <c>Secrets:…</c>, whatever the source is now.</summary>
    /// <exception cref="InvalidSettingsException">It cannot be right.</exception>
    public static VaultImport Open(IConfigurationManager configuration, IHostEnvironment environment)
    {
        LegacyEnvironmentVariables.Add(configuration);
        var options = SettingsBinder.Read<SecretsOptions>(configuration, SecretsFromVault.Section);
        SecretsFromVault.Check(options);
        return new VaultImport(SecretsFromVault.VaultOf(configuration, environment), options);
    }

    /// <summary>What would be written, and changes nothing. A field that the file does not name stays as it is in Vault.</summary>
    /// <exception cref="VaultException">Vault refused, or is away.</exception>
    public async Task<IReadOnlyList<VaultImportStep>> PlanAsync(IReadOnlyDictionary<string, string> file, CancellationToken ct)
    {
        List<VaultImportStep> steps = [];
        foreach (var secret in Moved.GroupBy(moved => moved.Secret))
        {
            var path = VaultSettings.PathOf(_options, secret.Key);
            var after = await _secrets.NewestVersionAsync(path, ct); // before the fields: whatever comes in between is refused when it is written
            var before = (await _secrets.FindAsync(path, ct))?.Fields ?? new Dictionary<string, string>();
            var fields = before.ToDictionary();
            foreach (var (_, field, variables) in secret)
            {
                if (variables.Select(file.GetValueOrDefault).FirstOrDefault(value => !string.IsNullOrEmpty(value)) is { } value)
                {
                    fields[field] = value;
                }
            }

            string[] missing = [.. VaultSettings.MissingIn(secret.Key, fields)];
            string[] changed = [.. fields.Keys.Where(field => before.GetValueOrDefault(field) != fields[field])];
            steps.Add(new VaultImportStep(path, $"{_options.Mount}/{path}", after, fields, [.. changed.Except(before.Keys)], [.. changed.Intersect(before.Keys)], missing));
        }

        return steps;
    }

    /// <returns>Whether it was written; not when somebody else has written there since it was planned.</returns>
    /// <exception cref="VaultException">Vault refused, or is away.</exception>
    public async Task<bool> WriteAsync(VaultImportStep step, CancellationToken ct) => await _secrets.TryWriteAsync(step.Path, step.Values, step.After, ct) is not null;

    public void Dispose() => _vault.Dispose();
}

/// <summary>What would be written to one secret. Not a record: one would print the values.</summary>
public sealed class VaultImportStep
{
    internal VaultImportStep(string path, string name, int after, IReadOnlyDictionary<string, string> values, IReadOnlyList<string> added, IReadOnlyList<string> replaced, IReadOnlyList<string> missing) =>
        (Path, Name, After, Values, Added, Replaced, Missing) = (path, name, after, values, added, replaced, missing);

    /// <summary>With its mount, as people name it.</summary>
    public string Name { get; }

    /// <summary>Fields that are not there yet.</summary>
    public IReadOnlyList<string> Added { get; }

    /// <summary>Fields that have another value.</summary>
    public IReadOnlyList<string> Replaced { get; }

    /// <summary>Fields without which no host would start with it.</summary>
    public IReadOnlyList<string> Missing { get; }

    public bool HasChanges => Added.Count + Replaced.Count > 0;

    internal string Path { get; }

    internal int After { get; }

    internal IReadOnlyDictionary<string, string> Values { get; }
}
