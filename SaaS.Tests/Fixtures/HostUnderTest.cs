using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SaaS.Tests.Fixtures;

/// <summary>A host as it is shipped, in this process, on a real port.</summary>
/// <param name="settings">The configuration of the host.</param>
/// <param name="clock">A clock other than the system's, for tests that advance the time.</param>
internal class HostUnderTest<TProgram>(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock = null)
    : WebApplicationFactory<TProgram>
    where TProgram : class
{
    /// <summary>Starts it on a free port of its own.</summary>
    public void Start()
    {
        UseKestrel(); // with a port argument, the factory would set it while the host may already be starting
        ClientOptions.AllowAutoRedirect = false;
        StartServer();
    }

    /// <summary>Creates a client that behaves like one without a browser, with an optional access token.</summary>
    public HttpClient NewClient(string? accessToken = null)
    {
        var client = CreateClient();
        if (accessToken is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        return client;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.UseSetting("Logging:LogLevel:Default", "Warning");
        builder.ConfigureTestServices(Change);
    }

    /// <summary>Replaces services of the shipped host.</summary>
    protected virtual void Change(IServiceCollection services)
    {
        if (clock is not null)
        {
            services.Replace(ServiceDescriptor.Singleton(clock));
        }
    }
}
