namespace SaaS.LocalServices;

/// <summary>
/// The configuration of the hosts on local services. Connection strings have the keys that Aspire's WithReference injects.
/// </summary>
internal static class HostSettings
{
    /// <summary>The hosts are started for development, which is the default.</summary>
    internal static bool IsDevelopment => Environment is "Development";

    internal static string Environment => OwnOr("DOTNET_ENVIRONMENT", OwnOr("ASPNETCORE_ENVIRONMENT", "Development"));

    /// <summary>All settings of a host, for processes that are started without an app model.</summary>
    internal static Dictionary<string, string?> ForHosts(KeyRing keys, DataFolder data, int apiPort, int postgresPort, string redis) =>
        new(Common(data, $"http://localhost:{apiPort}"))
        {
            ["ConnectionStrings__saas-platform"] = ControlDatabase(postgresPort, "saas_app", keys.AppPassword),
            ["ConnectionStrings__saas-provisioning"] = ControlDatabase(postgresPort, "saas_provisioner", keys.ProvisionerPassword),
            ["ConnectionStrings__postgres"] = null, // the superuser's, which only the migration holds
            ["ConnectionStrings__redis"] = redis,
            ["ConnectionStrings__minio"] = ObjectFolder(data),
            ["Jwt__SigningKey"] = keys.JwtSigningKey,
            ["Encryption__Provider"] = "keyring",
            ["Encryption__MasterKey"] = keys.EncryptionMasterKey,
        };

    /// <summary>The migration creates roles and databases, so it alone is given the superuser.</summary>
    internal static Dictionary<string, string?> ForMigration(IReadOnlyDictionary<string, string?> hosts, string superuser) =>
        new(hosts) { ["ConnectionStrings__postgres"] = superuser };

    /// <summary>Settings that are neither connection strings nor secrets: folders of this machine, and the public address.</summary>
    internal static Dictionary<string, string?> Common(DataFolder data, string address) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = Environment,
        ["DOTNET_ENVIRONMENT"] = Environment,
        ["Credentials__Pages"] = $"{address}/account/",
        ["Sso__CallbackAddress"] = $"{address}/api/auth/sso/azure/callback",
        ["Uploads__SpoolFolder"] = data.Spool,
        ["Mail__Folder"] = MailFolder(data),
        ["Mail__From__Address"] = OwnOr("Mail__From__Address", "no-reply@localhost"),
    };

    internal static string ObjectFolder(DataFolder data) => $"Endpoint=file://{data.Objects}";

    private static string ControlDatabase(int port, string role, string password) =>
        $"Host=127.0.0.1;Port={port};Database=saas_platform;Username={role};Password={password}";

    // A mail server of one's own is meant to get the mails.
    private static string? MailFolder(DataFolder data) =>
        System.Environment.GetEnvironmentVariable("Mail__Folder")
        ?? (IsSet("Mail__Smtp__Host") || IsSet("MAIL_SERVER") ? null : data.Mail);

    private static bool IsSet(string name) => System.Environment.GetEnvironmentVariable(name) is { Length: > 0 };

    private static string OwnOr(string name, string preset) => System.Environment.GetEnvironmentVariable(name) ?? preset;
}
