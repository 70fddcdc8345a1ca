using System.Globalization;
using System.Text.Json;

namespace SaaS.AppHost.Embedded;

/// <summary>The configuration that the hosts receive: the same keys that Aspire's WithReference injects.</summary>
internal static class HostEnvironment
{
    private static string AspNetCoreEnvironment => OwnOr("ASPNETCORE_ENVIRONMENT", OwnOr("DOTNET_ENVIRONMENT", "Development"));

    private static string DotNetEnvironment => OwnOr("DOTNET_ENVIRONMENT", OwnOr("ASPNETCORE_ENVIRONMENT", "Development"));

    /// <summary>Whether the hosts are started for development, as they are where nothing says otherwise.</summary>
    internal static bool IsDevelopment => AspNetCoreEnvironment is "Development" && DotNetEnvironment is "Development";

    internal static Dictionary<string, string?> ForHosts(KeyRing keys, DataFolder data, int apiPort, int postgresPort, string redis) => new()
    {
        ["ConnectionStrings__saas-platform"] = ControlDatabase(postgresPort, "saas_app", keys.AppPassword),
        ["ConnectionStrings__saas-provisioning"] = ControlDatabase(postgresPort, "saas_provisioner", keys.ProvisionerPassword),
        ["ConnectionStrings__postgres"] = null, // the superuser's, which no host may hold
        ["ConnectionStrings__redis"] = redis,
        ["ConnectionStrings__minio"] = $"Endpoint=file://{data.Objects}",
        ["Jwt__SigningKey"] = keys.JwtSigningKey,
        ["Encryption__Provider"] = "keyring",
        ["Encryption__MasterKey"] = keys.EncryptionMasterKey,
        ["Uploads__SpoolFolder"] = data.Spool,
        ["Credentials__Pages"] = $"http://localhost:{apiPort}/account/",
        ["Sso__CallbackAddress"] = $"http://localhost:{apiPort}/api/auth/sso/azure/callback",
        ["Mail__Folder"] = MailFolder(data),
        ["Mail__From__Address"] = OwnOr("Mail__From__Address", "no-reply@localhost"),
        ["ASPNETCORE_ENVIRONMENT"] = AspNetCoreEnvironment,
        ["DOTNET_ENVIRONMENT"] = DotNetEnvironment,

        // The console is shared by six: a line per message, and of the framework only what is wrong.
        ["Logging__LogLevel__Microsoft"] = OwnOr("Logging__LogLevel__Microsoft", "Warning"),
        ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = OwnOr("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Warning"),
        ["Logging__LogLevel__System"] = OwnOr("Logging__LogLevel__System", "Warning"),
        ["Logging__Console__FormatterName"] = OwnOr("Logging__Console__FormatterName", "simple"),
        ["Logging__Console__FormatterOptions__SingleLine"] = OwnOr("Logging__Console__FormatterOptions__SingleLine", "true"),
    };

    /// <summary>The migration creates roles and databases, so it alone is given the superuser.</summary>
    internal static Dictionary<string, string?> ForMigration(IReadOnlyDictionary<string, string?> hosts, string superuser) =>
        new(hosts) { ["ConnectionStrings__postgres"] = superuser };

    /// <summary>With a stand-in for Entra ID, which is at one address with its Graph.</summary>
    internal static Dictionary<string, string?> WithEntra(IReadOnlyDictionary<string, string?> hosts, string standIn) =>
        new(hosts) { ["Entra__Authority"] = standIn, ["Entra__Graph"] = standIn };

    /// <summary>A host that stays shows its numbers, on a port of its own.</summary>
    internal static Dictionary<string, string?> ForServing(IReadOnlyDictionary<string, string?> hosts, int metricsPort) =>
        new(hosts) { ["Metrics__Port"] = metricsPort.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Leaves the hosts' settings where a command finds them, readable by their owner alone.</summary>
    internal static void Save(IReadOnlyDictionary<string, string?> hosts, DataFolder data) =>
        PrivateFolder.Write(data.HostSettings, JsonSerializer.Serialize(
            hosts.Where(setting => setting.Value is not null && !setting.Key.StartsWith("Logging__", StringComparison.Ordinal))
                .ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value)));

    private static string ControlDatabase(int port, string role, string password) =>
        $"Host=127.0.0.1;Port={port};Database=saas_platform;Username={role};Password={password}";

    // Whoever names a mail server of their own wants the mails to go there.
    private static string? MailFolder(DataFolder data) =>
        Environment.GetEnvironmentVariable("Mail__Folder")
        ?? (IsSet("Mail__Smtp__Host") || IsSet("MAIL_SERVER") ? null : data.Mail);

    private static bool IsSet(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 };

    private static string OwnOr(string name, string preset) => Environment.GetEnvironmentVariable(name) ?? preset;
}
