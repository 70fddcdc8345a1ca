using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core;
using SaaS.Core.Messaging;
using SaaS.ServiceDefaults;

namespace SaaS.Benchmarks;

/// <summary>The relay of the worker without consumers, to measure the relay only.</summary>
internal static class RelayAlone
{
    internal const string Role = "serve-relay";

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults();
        builder.AddCore();
        builder.Services.AddSingleton<OutboxPublisher>();
        builder.Services.AddHostedService<OutboxScheduler>();

        var app = builder.Build();
        app.MapDefaultEndpoints(service: "SaaS relay");
        await app.RunAsync();
        return 0;
    }
}
