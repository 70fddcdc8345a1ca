using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace SaaS.Tests.Fixtures;

/// <summary>One host as it is shipped, in this process, on a real port.</summary>
internal sealed class HostUnderTest<TProgram> : WebApplicationFactory<TProgram>
    where TProgram : class
{
    private readonly IReadOnlyDictionary<string, string?> _settings;

    public HostUnderTest(IReadOnlyDictionary<string, string?> settings)
    {
        _settings = settings;
        UseKestrel(port: 0);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.UseSetting("Logging:LogLevel:Default", "Warning");
    }
}
