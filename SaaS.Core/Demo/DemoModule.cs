using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.Core.Demo;

/// <summary>Demo events for development: a message is published like any event and consumed again.</summary>
internal static class DemoModule
{
    public const string Path = "/api/demo/kafka";

    /// <summary>Registers the consumer of demo messages, for the API only.</summary>
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

    /// <summary>Returns the state of the demo.</summary>
    internal static Ok<DemoHealth> Handle(DemoMessages messages) =>
        TypedResults.Ok(new DemoHealth("healthy", "kafka_demo", messages.Count, "Uses the same transport as all events"));
}

/// <summary>The state of the demo.</summary>
/// <param name="Status">Always healthy; /health/ready reports on the transport.</param>
/// <param name="Service">Always kafka_demo.</param>
/// <param name="BufferCount">Number of consumed messages that are kept.</param>
/// <param name="Note">The transport of the messages.</param>
public sealed record DemoHealth(string Status, string Service, int BufferCount, string Note);
