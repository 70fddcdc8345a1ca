using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Benchmarks;
using SaaS.Core;
using SaaS.Infrastructure.Settings;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the report of a host about the secrets that it is given, before it uses one.</summary>
public sealed class StartUpCheckTests
{
    // The text that must not be disclosed is also the reason for the rejection.
    private static readonly Dictionary<string, string?> Careless = new()
    {
        ["ConnectionStrings:saas-platform"] = "Host=db;Database=saas_platform;Username=saas_app;Password=changeme-DONOTTELL",
        ["ConnectionStrings:saas-provisioning"] = "Host=db;Database=saas_platform;Username=donottell_owner;Password=DONOTTELL_owner",
        ["ConnectionStrings:postgres"] = "Host=db;Username=postgres;Password=postgres",
        ["ConnectionStrings:redis"] = "127.0.0.1:6379",
        ["ConnectionStrings:minio"] = "Endpoint=http://minio:9000;AccessKey=minioadmin;SecretKey=minioadmin",
        ["ConnectionStrings:kafka"] = "kafka:9092",
        ["Kafka:SecurityProtocol"] = "SaslSsl",
        ["Kafka:SaslUsername"] = "donottell",
        ["Kafka:SaslPassword"] = "DONOTTELL",
        ["Mail:From:Address"] = "no-reply@example.com",
        ["Mail:Smtp:Host"] = "mail.example.com",
        ["Mail:Smtp:UserName"] = "mailer",
        ["Mail:Smtp:Password"] = "DONOTTELLexample",
        ["Jwt:SigningKey"] = string.Concat(Enumerable.Repeat("DONOTTELL-0123456789", 4)),
        ["Jwt:RetiredSigningKeys:0"] = "DONOTTELL",
        ["Encryption:Provider"] = "keyring",
        ["Encryption:MasterKey"] = Convert.ToBase64String("DONOTTELL-DONOTTELL-DONOTTELL-00"u8),
        ["ADMIN_PASSWORD"] = "12345678",
    };

    private static readonly string[] Weak =
    [
        "ConnectionStrings:saas-platform",
        "ConnectionStrings:saas-provisioning",
        "ConnectionStrings:postgres",
        "ConnectionStrings:redis",
        "ConnectionStrings:minio",
        "Kafka:SaslPassword",
        "Mail:Smtp:Password",
        "Jwt:SigningKey",
        "Jwt:RetiredSigningKeys:0",
        "Encryption:MasterKey",
        "ADMIN_PASSWORD",
    ];

    [Fact]
    public void All_weak_secrets_are_reported_at_once_without_values()
    {
        var page = Refuse(Environments.Production, Careless);

        Assert.Equal(Weak, KeysOn(page));
        Assert.DoesNotContain("DONOTTELL", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("minioadmin", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Careless["Encryption:MasterKey"]!, page, StringComparison.Ordinal);
        Assert.InRange(page.Split('\n').Length, Weak.Length, 25);
    }

    [Fact]
    public void All_missing_settings_are_reported_at_once_in_every_environment()
    {
        string[] missing =
        [
            "ConnectionStrings:saas-platform",
            "ConnectionStrings:saas-provisioning",
            "ConnectionStrings:redis",
            "ConnectionStrings:minio",
            "Jwt:SigningKey",
            "Encryption:Provider",
        ];

        Assert.Equal(missing, KeysOn(Refuse(Environments.Production, [])));
        Assert.Equal(missing, KeysOn(Refuse(Environments.Development, [])));
    }

    [Fact]
    public void A_host_that_creates_no_databases_needs_no_provisioning_connection()
    {
        var settings = Careful();
        settings.Remove("ConnectionStrings:saas-provisioning");

        NewBuilder(Environments.Production, settings).AddCore();
        Assert.Contains("ConnectionStrings:saas-provisioning", KeysOn(Refuse(Environments.Production, settings)));
    }

    [Fact]
    public void Weak_secrets_are_accepted_in_development() => NewBuilder(Environments.Development, Careless).AddCore(provisions: true);

    [Fact]
    public void Strong_secrets_pass_the_check() => NewBuilder(Environments.Production, Careful()).AddCore(provisions: true);

    [Theory]
    [InlineData("ConnectionStrings:saas-platform", "Host=db;Username=app", "no Password")]
    [InlineData("ConnectionStrings:saas-platform", "Host=db;Username=app;Password=donottell;Nonsense=1", "cannot be read")]
    [InlineData("ConnectionStrings:redis", "redis:6379,password=foobared", "default")]
    [InlineData("ConnectionStrings:redis", "redis:6379,password=short7Kq", "fewer than 12")]
    [InlineData("ConnectionStrings:redis", "redis:6379,nonsense=donottell", "cannot be read")]
    [InlineData("ConnectionStrings:minio", "Endpoint=http://minio:9000;AccessKey=donottell", "AccessKey=… and SecretKey=…")]
    [InlineData("ConnectionStrings:minio", "donottell", "cannot be read")]
    [InlineData("Jwt:SigningKey", "donottell", "at least 64")]
    [InlineData("Encryption:MasterKey", "donottell", "32 random bytes")]
    public void A_single_invalid_setting_is_the_only_one_reported(string key, string value, string sentence)
    {
        var page = Refuse(Environments.Production, new(Careful()) { [key] = value });

        Assert.Equal([key], KeysOn(page));
        Assert.Contains(sentence, page, StringComparison.Ordinal);
        Assert.DoesNotContain("donottell", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Username=app;Passfile=/run/secrets/pgpass")]
    [InlineData("Host=/run/postgresql;Username=app")]
    public void A_database_role_may_authenticate_without_a_password(string connection) =>
        NewBuilder(Environments.Production, new(Careful()) { ["ConnectionStrings:saas-platform"] = connection }).AddCore(provisions: true);

    [Fact]
    public void Vault_settings_are_checked_together_with_all_others()
    {
        var page = Refuse(
            Environments.Production,
            new(Careful())
            {
                ["Encryption:Provider"] = "vault",
                ["Vault:Address"] = "http://vault.example.com:8200",
                ["Vault:SecretId"] = VaultStandIn.SecretId,
                ["ConnectionStrings:redis"] = "redis:6379",
            }
        );

        Assert.Contains("Vault:Address must be https", page, StringComparison.Ordinal);
        Assert.Contains("Vault:RoleId is not set", page, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:redis has no password", page, StringComparison.Ordinal);
        Assert.DoesNotContain(VaultStandIn.SecretId, page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SaaS.Api")]
    [InlineData("SaaS.Worker")]
    [InlineData("SaaS.Scheduler")]
    public async Task A_host_with_weak_secrets_exits_with_code_1_and_the_reasons(string host)
    {
        var run = await RunAsync(host, Environments.Production, Careless);

        Assert.True(run.ExitCode == 1, $"{run.ExitCode}: {run.Text}");
        Assert.Equal(Weak, KeysOn(run.Text));
        string[] lines = [.. run.Text.Split('\n').Where(line => line.Length > 0)];
        Assert.Equal($"{host} does not start in Production: {Weak.Length} of its secrets are missing or too weak.", lines[0]);
        Assert.StartsWith("A random secret is what", lines[^1], StringComparison.Ordinal);
        Assert.Equal(Weak.Length + 2, lines.Length);
    }

    [Theory]
    [InlineData("ConnectionStrings:kafka", "no broker", "ConnectionStrings:kafka must be host:port, several with commas.")]
    [InlineData("Kafka:Acks", "all", "Kafka:Acks is not a setting; Kafka has ")]
    [InlineData("Secrets:Source", "vault", "without Vault there are no secrets to start with: Vault could not be reached.")]
    [InlineData("Mail:From:Address", "nobody", "Mail:From:Address must be an e-mail address.\nSso:CallbackAddress")]
    [InlineData("Migraton:LockTimeout", "00:00:10", "Migraton is not a section of settings; did you mean Migration?")]
    [InlineData(
        "Jobs:repair-provisionin:Cron",
        "* * * * * ?",
        "Jobs:repair-provisionin:Cron is not a setting; the nearest is Jobs:repair-provisioning:Cron."
    )]
    [InlineData(
        "Jobs:repair-provisioning:Corn",
        "* * * * * ?",
        "Jobs:repair-provisioning:Corn is not a setting; the nearest is Jobs:repair-provisioning:Cron."
    )]
    [InlineData("Migration:LockTimeot", "00:00:10", "Migration:LockTimeot is not a setting; Migration has LockTimeout")]
    [InlineData("Audit:Retention", "soon", "Audit:Retention must be a time span, such as 00:00:30.")]
    public async Task Other_startup_errors_are_reported_without_a_stack_trace(string key, string value, string sentence)
    {
        var run = await RunAsync(
            "SaaS.Worker",
            Environments.Development,
            new(Careless)
            {
                ["Secrets:Environment"] = "test",
                ["Vault:Address"] = "http://127.0.0.1:1",
                ["Vault:RoleId"] = "worker",
                ["Vault:SecretId"] = VaultStandIn.SecretId,
                ["Credentials:Pages"] = "http://localhost:4999/account/",
                [key] = value,
            }
        );

        AssertRefused(run, sentence);
        Assert.DoesNotContain("   at ", run.Text, StringComparison.Ordinal); // no stack trace
    }

    [Theory]
    [InlineData("SaaS.Api")]
    [InlineData("SaaS.Worker")]
    [InlineData("SaaS.Scheduler")]
    public async Task A_taken_port_is_reported(string host)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";

        var run = await RunAsync(
            host,
            Environments.Development,
            new(Careless)
            {
                ["Credentials:Pages"] = "http://localhost:4999/account/",
                ["Sso:CallbackAddress"] = "http://localhost:4999/api/auth/sso/azure/callback",
                ["ASPNETCORE_URLS"] = address,
            }
        );

        AssertRefused(run, $"Failed to bind to address {address}: address already in use.");
    }

    private static void AssertRefused(CommandRun run, string sentence)
    {
        Assert.True(run.ExitCode == 1, $"{run.ExitCode}: {run.Text}");
        Assert.Contains(sentence, run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", run.Text, StringComparison.Ordinal);
    }

    private static async Task<CommandRun> RunAsync(string host, string name, Dictionary<string, string?> settings)
    {
        var environment = settings.ToDictionary(
            setting => setting.Key.Replace(":", "__", StringComparison.Ordinal),
            setting => setting.Value
        );
        environment["DOTNET_ENVIRONMENT"] = environment["ASPNETCORE_ENVIRONMENT"] = name;
        await using var process = new RunningCommand(new HostProject(host).Command([], environment));
        return await process.EndAsync();
    }

    private static string Refuse(string environment, Dictionary<string, string?> settings) =>
        Assert.Throws<InvalidSettingsException>(() => NewBuilder(environment, settings).AddCore(provisions: true)).ToString();

    private static string[] KeysOn(string page) =>
        [.. page.Split('\n').Where(line => line.StartsWith("  - ", StringComparison.Ordinal)).Select(line => line.Split(' ')[3])];

    private static HostApplicationBuilder NewBuilder(string environment, Dictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    private static Dictionary<string, string?> Careful()
    {
        return new(Careless)
        {
            ["ConnectionStrings:saas-platform"] = $"Host=db;Database=saas_platform;Username=saas_app;Password={Random()}",
            ["ConnectionStrings:saas-provisioning"] = $"Host=db;Database=saas_platform;Username=saas_provisioner;Password={Random()}",
            ["ConnectionStrings:postgres"] = $"Host=db;Username=postgres;Password={Random()}",
            ["ConnectionStrings:redis"] = $"redis:6379,password={Random()}",
            ["ConnectionStrings:minio"] = $"Endpoint=http://minio:9000;AccessKey=saas;SecretKey={Random()}",
            ["Kafka:SaslPassword"] = Random(),
            ["Mail:Smtp:Password"] = Random(),
            ["Jwt:SigningKey"] = Random() + Random(),
            ["Jwt:RetiredSigningKeys:0"] = Random() + Random(),
            ["Encryption:MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["ADMIN_PASSWORD"] = Random(),
        };

        static string Random() => RandomNumberGenerator.GetHexString(32, lowercase: true);
    }
}
