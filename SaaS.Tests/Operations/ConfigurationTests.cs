using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Benchmarks;
using SaaS.Core;
using SaaS.Infrastructure.Settings;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

/// <summary>Tests the view of the settings for operators.</summary>
public sealed class ConfigurationTests(SaaSApp app)
{
    [Fact]
    public async Task Every_setting_is_shown_with_its_effective_value_and_source()
    {
        await using var api = app.StartApi(
            new() { ["Cors:Origins:0"] = "https://one.example.com", ["Cors:Origins:1"] = "https://two.example.com" }
        );
        var settings = await ReadAsync(api);

        Assert.Equal(("saas-platform", "default"), ValueAndSource(settings["Jwt:Issuer"]));
        Assert.Equal(("1000000", "app_settings"), ValueAndSource(settings["RateLimits:User:Permits"]));
        Assert.Equal(("00:10:00", "command_line"), ValueAndSource(settings["SignIn:InitialDelay"]));
        Assert.Equal(("* * * * * ?", "command_line"), ValueAndSource(settings["Jobs:repair-provisioning:Cron"]));
        Assert.Equal(("0 30 3 1 * ?", "default"), ValueAndSource(settings["Jobs:rotate-signing-key:Cron"]));
        Assert.Equal(("https://one.example.com, https://two.example.com", "command_line"), ValueAndSource(settings["Cors:Origins"]));
        Assert.Equal(
            (null, true, true),
            (
                settings["Jwt:SigningKey"].GetProperty("value").GetString(),
                settings["Jwt:SigningKey"].GetProperty("is_secret").GetBoolean(),
                settings["Jwt:SigningKey"].GetProperty("is_set").GetBoolean()
            )
        );
        Assert.False(settings["Encryption:MasterKeyFile"].GetProperty("is_set").GetBoolean());

        var shown = new NpgsqlConnectionStringBuilder(settings["ConnectionStrings:saas-platform"].GetProperty("value").GetString());
        Assert.Equal(("127.0.0.1", "saas_app", Redact.Mask), (shown.Host, shown.Username, shown.Password));
        Assert.Contains("127.0.0.1:", settings["ConnectionStrings:redis"].GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Contains("file://", settings["ConnectionStrings:minio"].GetProperty("value").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_response_contains_no_secrets()
    {
        await using var vault = await VaultStandIn.StartAsync();
        var bytes = Enumerable.Range(0, 3).Select(_ => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))).ToArray();
        var planted = new Dictionary<string, string?>
        {
            ["Jwt:SigningKey"] = $"PLANTED{RandomNumberGenerator.GetHexString(80)}",
            ["Jwt:RetiredSigningKeys:0"] = app.Setting("Jwt:SigningKey"),
            ["Jwt:RetiredSigningKeys:1"] = $"PLANTED{RandomNumberGenerator.GetHexString(80)}",
            ["Encryption:RetiredMasterKeys:0"] = bytes[0],
            ["Encryption:FormerProvider"] = "vault",
            ["Vault:Address"] = vault.Address.ToString(),
            ["Vault:RoleId"] = VaultStandIn.RoleId,
            ["Vault:SecretId"] = VaultStandIn.SecretId,
            ["ConnectionStrings:minio"] = "Endpoint=http://127.0.0.1:9;AccessKey=PLANTED-access;SecretKey=PLANTED-secret",
            ["ConnectionStrings:kafka"] = "127.0.0.1:9",
            ["Kafka:SecurityProtocol"] = "SaslPlaintext",
            ["Kafka:SaslUsername"] = "saas",
            ["Kafka:SaslPassword"] = "PLANTED-sasl",
            ["Mail:Folder"] = "",
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Mail:Smtp:UserName"] = "mailer",
            ["Mail:Smtp:Password"] = "PLANTED-smtp",
            ["Jobs:check-health:PingUrl"] = "https://ping.example.com/PLANTED-check",
            ["Downloads:BaseAddress"] = "https://user:PLANTED-pass@files.example.com",
        };
        await using var api = app.StartApi(planted);

        var (text, settings) = await ReadTextAsync(api);

        Assert.DoesNotContain("PLANTED", text, StringComparison.Ordinal);
        Assert.DoesNotContain(VaultStandIn.SecretId, text, StringComparison.Ordinal);
        Assert.DoesNotContain(bytes[0], text, StringComparison.Ordinal);
        foreach (var key in new[] { "Jwt:SigningKey", "Encryption:MasterKey" })
        {
            Assert.DoesNotContain(app.Setting(key), text, StringComparison.Ordinal);
        }

        foreach (var connection in new[] { "saas-platform", "saas-provisioning", "postgres", "redis" })
        {
            Assert.DoesNotContain(
                app.Setting($"ConnectionStrings:{connection}").Split("assword=")[1].Split(';', ',')[0],
                text,
                StringComparison.Ordinal
            );
        }

        // Each of them is listed nevertheless.
        foreach (var key in planted.Keys.Where(key => planted[key] is { Length: > 0 }).Select(key => key.TrimEnd('0', '1', ':')))
        {
            Assert.True(settings[key].GetProperty("is_set").GetBoolean(), key);
        }
    }

    [Fact]
    public async Task The_operation_has_an_example_in_the_OpenAPI_document()
    {
        using var client = app.NewClient();
        using var document = await client.GetAsync("/openapi/v1.json");
        var answer = (await document.ReadAsync(HttpStatusCode.OK))
            .GetProperty("paths")
            .GetProperty("/api/admin/configuration")
            .GetProperty("get")
            .GetProperty("responses")
            .GetProperty("200");

        Assert.True(
            answer.GetProperty("content").GetProperty("application/json").GetProperty("example").GetProperty("success").GetBoolean()
        );
    }

    [Fact]
    public void Every_options_type_is_declared_and_secrets_are_marked()
    {
        string[] harmless = ["MasterKeyFile", "SecretIdFile", "KmsKeyId", "MaxKeysPerAccount", "DefaultKeyLifetime", "MaxKeyLifetime"];
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>(app.Settings)
            {
                ["Encryption:FormerProvider"] = "vault",
                ["Vault:Address"] = "http://127.0.0.1:9",
                ["Vault:RoleId"] = "role",
                ["Vault:SecretId"] = "id",
                ["ConnectionStrings:kafka"] = "127.0.0.1:9",
            }
        );
        builder.AddCore(provisions: true);
        builder.Services.AddHttp();

        var bound = builder
            .Services.Where(service =>
                service.ServiceType.IsGenericType && service.ServiceType.GetGenericTypeDefinition() == typeof(IOptionsChangeTokenSource<>)
            )
            .Select(service => service.ServiceType.GetGenericArguments()[0])
            .Where(type => type.Namespace!.StartsWith("SaaS.", StringComparison.Ordinal))
            .Distinct()
            .ToList();
        var declared = builder
            .Services.Where(service => service.ServiceType == typeof(SettingsSection))
            .Select(service => service.ImplementationInstance!.GetType())
            .Where(type => type.IsGenericType)
            .Select(type => type.GetGenericArguments()[0])
            .Distinct()
            .ToList();

        Assert.True(declared.Count > 15);
        Assert.Empty(bound.Except(declared).Select(type => $"{type.Name} is bound without AddSettings"));
        Assert.Empty(
            declared
                .SelectMany(Properties)
                .Where(property =>
                    property.Name is var name
                    && (
                        name.EndsWith("Password", StringComparison.Ordinal)
                        || name.Contains("Secret", StringComparison.Ordinal)
                        || name.Contains("Key", StringComparison.Ordinal)
                    )
                )
                .Where(property => !harmless.Contains(property.Name) && !property.IsDefined(typeof(SecretAttribute), inherit: false))
                .Select(property => $"{property.DeclaringType!.Name}.{property.Name} is no [Secret]")
        );

        static IEnumerable<System.Reflection.PropertyInfo> Properties(Type type) =>
            type.GetProperties()
                .SelectMany(property =>
                    property.PropertyType is { IsClass: true, Namespace: { } from } && from.StartsWith("SaaS.", StringComparison.Ordinal)
                        ? Properties(property.PropertyType)
                        : [property]
                );
    }

    private static (string?, string?) ValueAndSource(JsonElement setting) =>
        (setting.GetProperty("value").GetString(), setting.GetProperty("source").GetString());

    private async Task<IReadOnlyDictionary<string, JsonElement>> ReadAsync(ApiUnderTest api) => (await ReadTextAsync(api)).Settings;

    private async Task<(string Text, IReadOnlyDictionary<string, JsonElement> Settings)> ReadTextAsync(ApiUnderTest api)
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var http = api.NewClient(operator_.AccessToken);
        using var answer = await http.GetAsync("/api/admin/configuration");
        var data = await answer.ReadDataAsync();
        Assert.Equal("Development", data.GetProperty("environment").GetString());
        return (
            await answer.Content.ReadAsStringAsync(),
            data.GetProperty("sections")
                .EnumerateArray()
                .SelectMany(section => section.GetProperty("settings").EnumerateArray())
                .ToDictionary(setting => setting.GetProperty("key").GetString()!)
        );
    }
}
