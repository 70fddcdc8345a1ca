using Microsoft.Extensions.Configuration;
using SaaS.Infrastructure.Settings;
using SaaS.LocalServices;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the environment variable names that an installation of the previous system uses for its settings.</summary>
public sealed class LegacyEnvironmentVariablesTests
{
    [Theory]
    [InlineData(
        "DATABASE_URL",
        "postgresql://app:x@db/main",
        "ConnectionStrings:saas-platform",
        "Host=db;Port=5432;Database=main;Username=app;Password=x"
    )]
    [InlineData("REDIS_URL", "redis://:x@cache:6379/0", "ConnectionStrings:redis", "cache:6379,password=x,defaultDatabase=0")]
    [InlineData("KAFKA_BOOTSTRAP_SERVERS", "a:9092,b:9092", "ConnectionStrings:kafka", "a:9092,b:9092")]
    [InlineData("S3_BUCKET", "files", "Objects:Bucket", "files")]
    [InlineData("MAX_FILE_SIZE_MB", "100", "Uploads:MaxFileBytes", "104857600")]
    [InlineData("JWT_ACCESS_TOKEN_EXPIRES", "900", "Sessions:AccessTokenLifetime", "00:15:00")]
    [InlineData("JWT_REFRESH_TOKEN_EXPIRES", "604800", "Sessions:RefreshTokenLifetime", "7.00:00:00")]
    [InlineData("CORS_ORIGINS", "https://a.example, https://b.example", "Cors:Origins:1", "https://b.example")]
    [InlineData("APP_BASE_URL", "https://app.example/", "Credentials:Pages", "https://app.example/account/")]
    [InlineData("LOG_LEVEL", "warning", "Logging:LogLevel:Default", "Warning")]
    [InlineData("USE_VAULT", "True", "Secrets:Source", "vault")]
    [InlineData("USE_VAULT", "false", "Secrets:Source", "environment")]
    [InlineData("MAIL_SERVER", "mail.example", "Mail:Smtp:Host", "mail.example")]
    public void A_legacy_variable_sets_the_current_setting(string variable, string value, string key, string expected) =>
        Assert.Equal(expected, With(variable, value)[key]);

    [Fact]
    public void Three_legacy_variables_form_one_connection_string()
    {
        var configuration = With(
            "S3_ENDPOINT_URL",
            "https://s3.example",
            "S3_ACCESS_KEY_ID",
            "id",
            "S3_SECRET_ACCESS_KEY",
            "a;b",
            "S3_BUCKET_NAME",
            "new",
            "S3_BUCKET",
            "old"
        );

        Assert.Equal(
            "Endpoint=https://s3.example;AccessKey=id;SecretKey=\"a;b\"",
            configuration["ConnectionStrings:minio"],
            ignoreCase: true
        );
        Assert.Equal("new", configuration["Objects:Bucket"]);
    }

    [Theory]
    [InlineData("Jwt:SigningKey", "ours")]
    [InlineData("ConnectionStrings:kafka", "")]
    [InlineData("Cors:Origins:3", "ours")]
    public void A_current_setting_overrides_its_legacy_variable(string key, string value)
    {
        var configuration = With("JWT_SECRET_KEY", "old", "KAFKA_BOOTSTRAP_SERVERS", "old:9092", "CORS_ORIGINS", "old", key, value);

        Assert.Equal(value, configuration[key]);
        Assert.True(key is not "Cors:Origins:3" || configuration["Cors:Origins:0"] is null);
    }

    [Fact]
    public void An_empty_variable_is_ignored() => Assert.Null(With("KAFKA_BOOTSTRAP_SERVERS", "")["ConnectionStrings:kafka"]);

    [Theory]
    [InlineData("DATABASE_URL")]
    [InlineData("JWT_ACCESS_TOKEN_EXPIRES")]
    [InlineData("USE_VAULT")]
    [InlineData("LOG_LEVEL")]
    public void An_invalid_legacy_variable_prevents_startup_without_revealing_its_value(string variable)
    {
        var stopped = Assert.Throws<InvalidSettingsException>(() => With(variable, "do-not-tell"));

        Assert.Contains(variable, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_page_lists_exactly_the_legacy_variables()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root(), "docs", "CONFIGURATION.md"));
        var table = page.Split("## Old names", 2)[1]
            .Split("\n## ", 2)[0]
            .Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(
            LegacyEnvironmentVariables.All.Select(name => $"| `{name.Variable}` | `{name.Key}` |"),
            table.Select(line => string.Join('|', line.Split('|')[..3]) + "|")
        );
    }

    private static ConfigurationManager With(params string[] settings)
    {
        var configuration = new ConfigurationManager();
        foreach (var pair in settings.Chunk(2))
        {
            configuration[pair[0]] = pair[1];
        }

        LegacyEnvironmentVariables.Add(configuration);
        return configuration;
    }
}
