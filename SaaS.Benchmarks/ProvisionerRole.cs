using Microsoft.AspNetCore.Builder;
using SaaS.Core;
using SaaS.ServiceDefaults;

namespace SaaS.Benchmarks;

/// <summary>A worker that creates databases and does nothing else: figures of the API are not to hold the relay's work.</summary>
internal static class ProvisionerRole
{
    internal const string Role = "serve-provisioner";

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults();
        builder.AddCore(provisions: true);
        builder.Services.AddSaaSProvisioning();

        var app = builder.Build();
        app.MapDefaultEndpoints(service: "SaaS provisioner");
        await app.RunAsync();
        return 0;
    }
}
