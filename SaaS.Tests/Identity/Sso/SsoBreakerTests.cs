using Microsoft.Extensions.DependencyInjection;
using SaaS.Entra;
using SaaS.Infrastructure.Entra;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sso;

/// <summary>
/// Tests that while most requests to the identity provider fail, further ones fail at once. The API is not shared, because the circuit
/// breaker affects all its clients.
/// </summary>
public sealed class SsoBreakerTests(SsoApi sso) : IClassFixture<SsoApi>
{
    private const int Enough = 20;

    [Fact]
    public async Task The_circuit_breaker_pauses_a_failing_provider_for_ten_seconds()
    {
        await using var known = await SsoTenant.CreateAsync(sso);
        await using var other = await SsoTenant.CreateAsync(sso);
        await known.EnterAsync(known.AddPerson());
        sso.Clock.Ahead = TimeSpan.FromMinutes(1); // earlier successes no longer count
        sso.Entra.Requests.Clear();
        sso.Entra.FailAlways(EntraEndpoint.Token, EntraFault.Status(503));
        for (var call = 0; call < 2 * Enough; call++)
        {
            await Assert.ThrowsAsync<EntraUnavailableException>(() => RedeemAsync(known));
        }

        Assert.Equal(Enough, sso.Entra.Requests.Count(EntraEndpoint.Token)); // then no further request was sent

        sso.Entra.Recover();
        sso.Clock.Ahead += TimeSpan.FromSeconds(9);
        using var browser = other.NewBrowser();
        using var tooEarly = await browser.GetAsync($"/api/auth/sso/azure/login/{other.Id}");
        Assert.Equal("SSO_PROVIDER_AWAY", await tooEarly.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        Assert.NotNull(tooEarly.Headers.RetryAfter);
        Assert.Equal(0, sso.Entra.Requests.Count(EntraEndpoint.Discovery));

        sso.Entra.FailAlways(EntraEndpoint.Token, EntraFault.Status(503));
        sso.Clock.Ahead += TimeSpan.FromSeconds(2);
        await Assert.ThrowsAsync<EntraUnavailableException>(() => RedeemAsync(known)); // the trial request
        await Assert.ThrowsAsync<EntraUnavailableException>(() => RedeemAsync(known));
        Assert.Equal(Enough + 1, sso.Entra.Requests.Count(EntraEndpoint.Token));

        sso.Entra.Recover();
        sso.Clock.Ahead += TimeSpan.FromSeconds(11);
        await other.EnterAsync(other.AddPerson());
        await known.EnterAsync(known.AddPerson());
    }

    // Completes a sign-in. It is never retried automatically, so each call is one request.
    private Task<EntraTokens> RedeemAsync(SsoTenant tenant) =>
        sso
            .Api.Services.GetRequiredService<EntraClient>()
            .ExchangeCodeAsync(
                new SaaS.Infrastructure.Entra.EntraApplication(tenant.Directory.Id.ToString(), tenant.Application.ClientId),
                "secret",
                "code",
                new Uri(sso.App.Setting("Sso:CallbackAddress")),
                TestContext.Current.CancellationToken
            );
}
