namespace SaaS.LocalServices;

/// <summary>
/// The settings of hosts on local services. The keys of connection strings are those that Aspire's WithReference injects.
/// </summary>
internal static class HostSettings
{
    /// <summary>True in the environment Development, which is the default.</summary>
    internal static bool IsDevelopment => Environment is "Development";

    internal static string Environment => GetVariable("DOTNET_ENVIRONMENT", GetVariable("ASPNETCORE_ENVIRONMENT", "Development"));

    /// <summary>Returns all settings of a host, for processes that are started without an app model.</summary>
    internal static Dictionary<string, string?> ForHosts(KeyRing keys, DataFolder data, int apiPort, int postgresPort, string redis) =>
        new(Common(data, $"http://localhost:{apiPort}"))
        {
            ["ConnectionStrings__saas-platform"] = ControlDatabase(postgresPort, "saas_app", keys.AppPassword),
            ["ConnectionStrings__saas-provisioning"] = ControlDatabase(postgresPort, "saas_provisioner", keys.ProvisionerPassword),
            ["ConnectionStrings__postgres"] = null, // the superuser, for the migration only
            ["ConnectionStrings__redis"] = redis,
            ["ConnectionStrings__minio"] = ObjectFolder(data),
            ["Jwt__SigningKey"] = keys.JwtSigningKey,
            ["Encryption__Provider"] = "keyring",
            ["Encryption__MasterKey"] = keys.EncryptionMasterKey,
        };

    /// <summary>Adds the superuser's connection string for the migration, which creates roles and databases.</summary>
    internal static Dictionary<string, string?> ForMigration(IReadOnlyDictionary<string, string?> hosts, string superuser) =>
        new(hosts) { ["ConnectionStrings__postgres"] = superuser };

    /// <summary>Returns the settings without connection strings and secrets, such as local folders and the public address.</summary>
    internal static Dictionary<string, string?> Common(DataFolder data, string address) =>
        new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = Environment,
            ["DOTNET_ENVIRONMENT"] = Environment,
            ["Credentials__Pages"] = $"{address}/account/",
            ["Sso__CallbackAddress"] = $"{address}/api/auth/sso/azure/callback",
            ["Uploads__SpoolFolder"] = data.Spool,
            ["Mail__Folder"] = MailFolder(data),
            ["Mail__From__Address"] = GetVariable("Mail__From__Address", "no-reply@localhost"),
        };

    internal static string ObjectFolder(DataFolder data) => $"Endpoint=file://{data.Objects}";

    private static string ControlDatabase(int port, string role, string password) =>
        $"Host=127.0.0.1;Port={port};Database=saas_platform;Username={role};Password={password}";

    // When a mail server is configured, mails go there instead of to the folder.
    private static string? MailFolder(DataFolder data) =>
        System.Environment.GetEnvironmentVariable("Mail__Folder") ?? (IsSet("Mail__Smtp__Host") || IsSet("MAIL_SERVER") ? null : data.Mail);

    private static bool IsSet(string name) => System.Environment.GetEnvironmentVariable(name) is { Length: > 0 };

    private static string GetVariable(string name, string preset) => System.Environment.GetEnvironmentVariable(name) ?? preset;
}
