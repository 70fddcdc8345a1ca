using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.Core.Demo;

/// <summary>Events to try out with curl, in development alone: a message goes the way of every event and comes back.</summary>
internal static class DemoModule
{
    public const string Path = "/api/demo/kafka";

    /// <summary>Only the API listens for what comes back.</summary>
    public static void AddDemo(this IServiceCollection services)
    {
        services.AddSingleton<DemoMessages>();
        services.AddHostedService(provider => provider.GetRequiredService<DemoMessages>());
    }

    public static void MapDemo(this IEndpointRouteBuilder routes)
    {
        if (!routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            return;
        }

        var demo = routes.MapGroup(Path).WithTags("Demo");
        ProduceDemoMessage.Map(demo);
        ConsumeDemoMessages.Map(demo);
        demo.MapGet("/health", Handle).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Says that messages can be sent and how many have come back.</summary>
    internal static Ok<DemoHealth> Handle(DemoMessages messages) => TypedResults.Ok(new DemoHealth("healthy", "kafka_demo", messages.Count, "Over the transport that all events take"));
}

/// <summary>How the demonstration is.</summary>
/// <param name="Status">Always healthy: whether the transport is, is said by /health/ready.</param>
/// <param name="Service">Always kafka_demo.</param>
/// <param name="BufferCount">How many messages have come back and are kept.</param>
/// <param name="Note">What carries them.</param>
public sealed record DemoHealth(string Status, string Service, int BufferCount, string Note);
