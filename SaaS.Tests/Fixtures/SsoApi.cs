using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Jobs;
using SaaS.Entra;

namespace SaaS.Tests.Fixtures;

/// <summary>An additional API on the same backing services that uses a stand-in for Entra ID and a DNS server of its own.</summary>
public sealed class SsoApi(SaaSApp app) : IAsyncLifetime
{
    public const string Product = "https://app.example.com";

    internal SaaSApp App { get; } = app;

    internal EntraStandIn Entra { get; private set; } = null!;

    internal NameServer Names { get; private set; } = null!;

    internal ApiUnderTest Api { get; private set; } = null!;

    /// <summary>The clock of the API and the provider. A test that moves it forward resets it.</summary>
    internal ShiftedClock Clock { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Entra = await EntraStandIn.StartAsync(clock: Clock);
        Names = new NameServer();
        Api = StartApi(App.Setting("Sso:CallbackAddress"));
    }

    /// <summary>Starts an API that uses the stand-in.</summary>
    /// <param name="callback">The address to which the provider redirects browsers.</param>
    /// <param name="timeout">
    /// The timeout for the provider. The default is longer than a busy machine needs; tests of an unresponsive provider use a
    /// shorter one.
    /// </param>
    /// <param name="more">Additional settings.</param>
    internal ApiUnderTest StartApi(string callback, string timeout = "00:01:00", Dictionary<string, string?>? more = null) =>
        App.StartApi(
            new(more ?? [])
            {
                ["Entra:Authority"] = Entra.Address.AbsoluteUri,
                ["Entra:Graph"] = Entra.Address.AbsoluteUri,
                ["Entra:AttemptTimeout"] = timeout,
                ["Entra:RequestTimeout"] = timeout,
                ["Dns:Resolver"] = Names.Address,
                ["Dns:Timeout"] = "00:00:30",
                ["Sso:ReturnOrigins:0"] = Product,
                ["Sso:CallbackAddress"] = callback,
            },
            Clock
        );

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Names.DisposeAsync();
        await Entra.DisposeAsync();
    }

    /// <summary>Runs the job that rechecks the TXT records of verified domains, for the domains of one tenant.</summary>
    internal async Task<string> RecheckDomainsAsync(Guid tenantId)
    {
        await using var scope = Api.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ReverifySsoDomainsJob>().RunAsync(tenantId, CancellationToken.None);
    }

    /// <summary>Runs a job of the product in this API's process, which uses the stand-in.</summary>
    internal async Task<string> RunAsync<TJob>()
        where TJob : Job
    {
        await using var scope = Api.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<TJob>().RunAsync(CancellationToken.None);
    }
}
