using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SaaS.Platform.Messaging;

/// <summary>Chooses what carries the events: the control database, which needs nothing beside it and keeps them over every restart.</summary>
public static class MessagingEngine
{
    public static void AddMessaging(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration.GetConnectionString("kafka") is { Length: > 0 })
        {
            // Starting over PostgreSQL all the same would split producers and consumers over two transports.
            throw new InvalidOperationException("ConnectionStrings:kafka is set, but this version carries events over PostgreSQL alone: remove it.");
        }

        builder.Services.AddSingleton<EventTransport, PostgresTransport>();
    }
}
