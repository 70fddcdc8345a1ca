using System.Globalization;
using Npgsql;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>
/// Tests that no operation blames the client while the connection to a backing service or the configuration of the API is broken.
/// </summary>
public sealed class NetworkOutageTests(SaaSApp app, S3Server s3)
{
    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Silent)]
    public async Task A_PostgreSQL_outage_causes_no_errors_other_than_503(Fault fault)
    {
        var direct = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        await using var proxy = FaultProxy.To(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = proxy.Port };
        var matrix = await OutageMatrix.BeginAsync(app, new() { ["ConnectionStrings:saas-platform"] = through.ConnectionString });
        await matrix.CheckAsync(() => Put(proxy, fault), () => Put(proxy, Fault.None), least: 80, isAtOnce: fault is Fault.Silent);
    }

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Silent)]
    public async Task A_Redis_outage_causes_no_errors_other_than_503(Fault fault)
    {
        var direct = app.Setting("ConnectionStrings:redis");
        var address = direct.Split(',')[0];
        await using var proxy = FaultProxy.To(int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture));
        var through = direct.Replace(address, $"127.0.0.1:{proxy.Port}", StringComparison.Ordinal);
        var matrix = await OutageMatrix.BeginAsync(app, new() { ["ConnectionStrings:redis"] = through });
        await matrix.CheckAsync(() => Put(proxy, fault), () => Put(proxy, Fault.None), least: 0);
    }

    [Fact]
    public async Task A_wrong_Redis_password_causes_no_errors_other_than_503()
    {
        var direct = app.Setting("ConnectionStrings:redis");
        var refused = $"{direct.Split(',')[0]},password=not-the-password";
        var matrix = await OutageMatrix.BeginAsync(app, new() { ["ConnectionStrings:redis"] = refused });
        await matrix.CheckAsync(() => Task.CompletedTask, () => Task.CompletedTask, least: 0);
    }

    [Theory]
    [InlineData(Fault.Cut)]
    [InlineData(Fault.Silent)]
    public async Task An_object_store_outage_causes_no_errors_other_than_503(Fault fault)
    {
        var access = await s3.AccessAsync();
        await using var proxy = FaultProxy.To(access.Endpoint.Port);
        var through = new UriBuilder(access.Endpoint) { Port = proxy.Port }.Uri;
        var matrix = await OutageMatrix.BeginAsync(app, SettingsFor(through, access.AccessKey, access.SecretKey));
        await matrix.CheckAsync(() => Put(proxy, fault), () => Put(proxy, Fault.None), least: 1, isAtOnce: fault is Fault.Silent);
    }

    [Fact]
    public async Task A_wrong_object_store_key_causes_no_errors_other_than_503()
    {
        var access = await s3.AccessAsync();
        var right = await OutageMatrix.BeginAsync(app, SettingsFor(access.Endpoint, access.AccessKey, access.SecretKey));
        var refused = right.With(SettingsFor(access.Endpoint, access.AccessKey, "not-the-secret-key-of-anybody"));
        await refused.CheckAsync(() => Task.CompletedTask, () => Task.CompletedTask, least: 1);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("read-only")]
    public async Task A_full_or_read_only_object_folder_causes_no_errors_other_than_503(string fault)
    {
        using var disk = SmallDisk.MountOrSkip();
        var matrix = await OutageMatrix.BeginAsync(app, new() { ["ConnectionStrings:minio"] = $"Endpoint={new Uri(disk.Folder)}" });
        await matrix.CheckAsync(Break, () => Task.CompletedTask, least: 1);

        Task Break()
        {
            if (fault == "full")
            {
                disk.Fill();
            }
            else
            {
                disk.MakeReadOnly();
            }

            return Task.CompletedTask;
        }
    }

    private static Task Put(FaultProxy proxy, Fault fault)
    {
        proxy.SetFault(fault);
        return Task.CompletedTask;
    }

    private static Dictionary<string, string?> SettingsFor(Uri endpoint, string accessKey, string secretKey) =>
        new()
        {
            ["ConnectionStrings:minio"] = $"Endpoint={endpoint};AccessKey={accessKey};SecretKey={secretKey}",
            ["Objects:Bucket"] = S3Server.Bucket,
            ["Objects:PublicEndpoint"] = endpoint.ToString(),
        };
}
