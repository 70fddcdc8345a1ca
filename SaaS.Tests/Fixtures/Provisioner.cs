using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core;
using SaaS.Core.Tenancy;

namespace SaaS.Tests.Fixtures;

/// <summary>The part of a worker that creates and drops databases, for tests whose tenants the rest of a worker would disturb.</summary>
internal sealed class Provisioner : IAsyncDisposable
{
    private readonly IHost _host;

    private Provisioner(IHost host) => _host = host;

    public static async Task<Provisioner> StartAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddCore(provisions: true);
        builder.Services.AddTenantDatabaseWorker();
        var provisioner = new Provisioner(builder.Build());
        await provisioner._host.StartAsync();
        return provisioner;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
