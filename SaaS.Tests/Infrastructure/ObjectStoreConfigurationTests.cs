using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Settings;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the start of a host with different object store settings.</summary>
public sealed class ObjectStoreConfigurationTests
{
    private const string Connection = "ConnectionStrings:minio";
    private const string Server = "Endpoint=http://127.0.0.1:1;AccessKey=me;SecretKey=do-not-tell";

    [Theory]
    [InlineData("", "Endpoint=")]
    [InlineData("Endpoint=", "Endpoint=")]
    [InlineData("Endpoint=relative/folder", "Endpoint=")]
    [InlineData("Endpoint=ftp://host;AccessKey=me;SecretKey=do-not-tell", "Endpoint=")]
    [InlineData("Endpoint=http://host/path;AccessKey=me;SecretKey=do-not-tell", "Endpoint=")]
    [InlineData("Endpoint=http://host?x=1;AccessKey=me;SecretKey=do-not-tell", "Endpoint=")]
    [InlineData("Endpoint=http://me:do-not-tell@host;AccessKey=me;SecretKey=x", "Endpoint=")]
    [InlineData("Endpoint=http://host;SecretKey=do-not-tell", "AccessKey=")]
    [InlineData("Endpoint=http://host;AccessKey=;SecretKey=do-not-tell", "AccessKey=")]
    [InlineData("Endpoint=http://host;AccessKey=me", "SecretKey=")]
    [InlineData("Endpoint=http://host;AccessKey=me;SecretKey=", "SecretKey=")]
    public void An_invalid_object_store_connection_string_prevents_startup(string connection, string missing)
    {
        var stopped = Assert.Throws<InvalidSettingsException>(() => NewHost(Connection, connection));

        Assert.Contains(Connection, stopped.Message, StringComparison.Ordinal);
        Assert.Contains(missing, stopped.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", stopped.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Objects:Bucket", "")]
    [InlineData("Objects:Bucket", "ab")]
    [InlineData("Objects:Bucket", "Upper-Case")]
    [InlineData("Objects:Bucket", "under_score")]
    [InlineData("Objects:Bucket", "two..dots")]
    [InlineData("Objects:Bucket", "-hyphen")]
    [InlineData("Objects:Bucket", "hyphen-")]
    [InlineData("Objects:Bucket", "10.0.0.1")]
    [InlineData("Objects:Bucket", "xn--bucket")]
    [InlineData("Objects:Bucket", "bucket-s3alias")]
    [InlineData("Objects:Bucket", "a-name-that-is-one-letter-longer-than-sixty-three-letters-may-be")]
    [InlineData("Objects:Region", "")]
    [InlineData("Objects:Region", "us east")]
    [InlineData("Objects:PublicEndpoint", "files.example.com")]
    [InlineData("Objects:PublicEndpoint", "https://files.example.com/s3")]
    [InlineData("Objects:PublicEndpoint", "file:///folder")]
    [InlineData("Objects:ServerSideEncryption", "7")]
    [InlineData("Objects:KmsKeyId", "a-key")]
    public async Task An_invalid_object_store_setting_prevents_startup_and_is_named(string key, string value)
    {
        using var host = NewHost(Connection, Server, key, value);

        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(key, stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_object_store_setting_prevents_startup()
    {
        using var host = NewHost(Connection, Server, "Objects:Buckets", "saas-documents");

        var stopped = await Assert.ThrowsAsync<InvalidSettingsException>(() => host.StartAsync());

        Assert.Contains("Buckets", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_URL_scheme_selects_the_object_store()
    {
        var folder = Directory.CreateTempSubdirectory("saas-objects-").FullName;
        using var disk = NewHost(Connection, $"Endpoint=file://{folder}/made");
        await disk.StartAsync();
        Assert.IsType<DiskObjectStore>(Assert.IsType<ObservedObjectStore>(disk.Services.GetRequiredService<ObjectStore>()).Store);
        await Fixtures.Eventually.HoldsAsync(() => Task.FromResult(Directory.Exists($"{folder}/made")), "the folder is not made");
        await disk.StopAsync();
        Directory.Delete(folder, recursive: true);

        // The server is unavailable: the host starts nevertheless.
        using var s3 = NewHost(
            Connection,
            Server,
            "Objects:PublicEndpoint",
            "https://files.example.com",
            "Objects:ServerSideEncryption",
            "AwsKms",
            "Objects:KmsKeyId",
            "a-key"
        );
        await s3.StartAsync();
        Assert.IsType<S3ObjectStore>(Assert.IsType<ObservedObjectStore>(s3.Services.GetRequiredService<ObjectStore>()).Store);
        await s3.StopAsync();
    }

    [Fact]
    public void Links_use_the_configured_public_endpoint()
    {
        using var inside = NewHost(Connection, Server);
        using var outside = NewHost(Connection, Server, "Objects:PublicEndpoint", "https://files.example.com:8443");
        using var virtualHost = NewHost(
            Connection,
            Server,
            "Objects:PublicEndpoint",
            "https://files.example.com",
            "Objects:ForcePathStyle",
            "false"
        );

        Assert.Null(LinkOf(inside));
        Assert.StartsWith("https://files.example.com:8443/saas-documents/tenants/", LinkOf(outside)?.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("https://saas-documents.files.example.com/tenants/", LinkOf(virtualHost)?.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("do-not-tell", LinkOf(outside)!.ToString(), StringComparison.Ordinal);

        static Uri? LinkOf(IHost host) =>
            host
                .Services.GetRequiredService<ObjectStore>()
                .SignLink(ObjectKey.ForExport(Guid.Empty), new LinkedFile("a.pdf", "application/pdf"), TimeSpan.FromMinutes(1));
    }

    private static IHost NewHost(params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>(pair[0], pair[1]))
        );
        builder.Services.AddLogging().AddSingleton(TimeProvider.System);
        builder.AddObjects();
        return builder.Build();
    }
}
