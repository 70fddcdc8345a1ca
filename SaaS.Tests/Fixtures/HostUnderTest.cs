using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SaaS.Tests.Fixtures;

/// <summary>One host as it is shipped, in this process, on a real port.</summary>
/// <param name="settings">What it is configured with.</param>
/// <param name="clock">Another clock than the system's, for tests that let time pass.</param>
internal class HostUnderTest<TProgram>(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock = null)
    : WebApplicationFactory<TProgram>
    where TProgram : class
{
    /// <summary>Starts it, on a port of its own.</summary>
    public void Start()
    {
        UseKestrel(); // with a port, the factory sets it while the host may be starting already
        ClientOptions.AllowAutoRedirect = false;
        StartServer();
    }

    /// <summary>A client that sends what a caller without a browser would.</summary>
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

    /// <summary>What is otherwise than in the host as it is shipped.</summary>
    protected virtual void Change(IServiceCollection services)
    {
        if (clock is not null)
        {
            services.Replace(ServiceDescriptor.Singleton(clock));
        }
    }
}
