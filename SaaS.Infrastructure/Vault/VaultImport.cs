using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Vault;

/// <summary>Imports the values of an environment file into the secrets in Vault that hosts read with <c>Secrets:Source=vault</c>.</summary>
public sealed class VaultImport : IDisposable
{
    // Our names and legacy ones; the first one in the file wins.
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

    /// <summary>Opens Vault with the configured <c>Vault:…</c> and <c>Secrets:…</c>, whatever the current source is.</summary>
    /// <exception cref="InvalidSettingsException">The settings are invalid.</exception>
    public static VaultImport Open(IConfigurationManager configuration, IHostEnvironment environment)
    {
        LegacyEnvironmentVariables.Add(configuration);
        var options = SettingsBinder.Read<SecretsOptions>(configuration, SecretsFromVault.Section);
        SecretsFromVault.Validate(options);
        return new VaultImport(SecretsFromVault.ReadVaultOptions(configuration, environment), options);
    }

    /// <summary>Lists the changes without writing them. Fields that the file does not contain stay as they are in Vault.</summary>
    /// <exception cref="VaultException">Vault rejected the request, or is unavailable.</exception>
    public async Task<IReadOnlyList<VaultImportStep>> PlanAsync(IReadOnlyDictionary<string, string> file, CancellationToken ct)
    {
        List<VaultImportStep> steps = [];
        foreach (var secret in Moved.GroupBy(moved => moved.Secret))
        {
            var path = VaultSettings.PathOf(_options, secret.Key);
            var after = await _secrets.NewestVersionAsync(path, ct); // before the fields, so that a concurrent change makes the write fail
            var before = (await _secrets.FindAsync(path, ct))?.Fields ?? new Dictionary<string, string>();
            var fields = before.ToDictionary();
            foreach (var (_, field, variables) in secret)
            {
                if (variables.Select(file.GetValueOrDefault).FirstOrDefault(value => !string.IsNullOrEmpty(value)) is { } value)
                {
                    fields[field] = value;
                }
            }

            string[] missing = [.. VaultSettings.GetMissingFields(secret.Key, fields)];
            string[] changed = [.. fields.Keys.Where(field => before.GetValueOrDefault(field) != fields[field])];
            steps.Add(
                new VaultImportStep(
                    path,
                    $"{_options.Mount}/{path}",
                    after,
                    fields,
                    [.. changed.Except(before.Keys)],
                    [.. changed.Intersect(before.Keys)],
                    missing
                )
            );
        }

        return steps;
    }

    /// <returns>True when it was written; false when the secret has changed since it was planned.</returns>
    /// <exception cref="VaultException">Vault rejected the request, or is unavailable.</exception>
    public async Task<bool> WriteAsync(VaultImportStep step, CancellationToken ct) =>
        await _secrets.TryWriteAsync(step.Path, step.Values, step.After, ct) is not null;

    public void Dispose() => _vault.Dispose();
}

/// <summary>The planned change of one secret. Not a record, because its ToString would print the values.</summary>
public sealed class VaultImportStep
{
    internal VaultImportStep(
        string path,
        string name,
        int after,
        IReadOnlyDictionary<string, string> values,
        IReadOnlyList<string> added,
        IReadOnlyList<string> replaced,
        IReadOnlyList<string> missing
    ) => (Path, Name, After, Values, Added, Replaced, Missing) = (path, name, after, values, added, replaced, missing);

    /// <summary>The path with its mount, for display.</summary>
    public string Name { get; }

    /// <summary>Fields that are new.</summary>
    public IReadOnlyList<string> Added { get; }

    /// <summary>Fields whose value changes.</summary>
    public IReadOnlyList<string> Replaced { get; }

    /// <summary>Required fields that are missing.</summary>
    public IReadOnlyList<string> Missing { get; }

    public bool HasChanges => Added.Count + Replaced.Count > 0;

    internal string Path { get; }

    internal int After { get; }

    internal IReadOnlyDictionary<string, string> Values { get; }
}
