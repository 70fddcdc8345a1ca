using Microsoft.AspNetCore.Builder;
using SaaS.Core;
using SaaS.Core.Tenancy;
using SaaS.ServiceDefaults;

namespace SaaS.Benchmarks;

/// <summary>A worker that only creates databases, so that figures of the API do not include the work of the relay.</summary>
internal static class ProvisionerRole
{
    internal const string Role = "serve-provisioner";

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults();
        builder.AddCore(provisions: true);
        builder.Services.AddTenantDatabaseWorker();

        var app = builder.Build();
        app.MapDefaultEndpoints(service: "SaaS provisioner");
        await app.RunAsync();
        return 0;
    }
}
