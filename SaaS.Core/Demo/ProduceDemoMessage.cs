using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Demo;

/// <summary>A demo message to publish.</summary>
public sealed record ProduceDemoMessageRequest
{
    /// <summary>Label of the message: 1 to 100 characters. The topic of the event is always demo.message_sent.</summary>
    [Required, OneLine(100)]
    public required string Topic { get; init; }

    /// <summary>Any JSON object.</summary>
    [Required]
    public required IReadOnlyDictionary<string, JsonElement> Message { get; init; }

    /// <summary>Key of the message, up to 100 characters.</summary>
    [OneLine(100)]
    public string? Key { get; init; }
}

/// <summary>A published demo message.</summary>
/// <param name="EventId">The id of the event.</param>
/// <param name="Topic">Label of the message.</param>
/// <param name="Timestamp">When it was sent (UTC).</param>
/// <param name="Status">Always sent: the message is in the outbox, and its delivery is guaranteed.</param>
/// <param name="Note">Where to read the message.</param>
public sealed record ProducedDemoMessage(Guid EventId, string Topic, DateTimeOffset Timestamp, string Status, string Note);

internal static class ProduceDemoMessage
{
    internal static void Map(RouteGroupBuilder demo) =>
        demo.MapPost("/produce", Handle).Idempotent<ProduceDemoMessageRequest>().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Publishes a demo message through the outbox, the relay and the transport.</summary>
    internal static async Task<Created<ApiResponse<ProducedDemoMessage>>> Handle(
        ProduceDemoMessageRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        IdempotencyContext keyed,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var id = db.Outbox.Add(
            new DemoMessageSent(
                request.Topic.Trim(),
                request.Key?.Trim(),
                JsonSerializer.SerializeToElement(request.Message),
                currentUser.UserId
            ),
            subject: currentUser.UserId,
            tenantId: null
        );
        var response = keyed.StoreResponse(
            db,
            ApiResponse.Created(
                $"{DemoModule.Path}/consume",
                new ProducedDemoMessage(
                    id,
                    request.Topic.Trim(),
                    now,
                    "sent",
                    "The worker relays it; read it with GET /api/demo/kafka/consume"
                ),
                "Message sent"
            )
        );
        await db.SaveChangesAsync(ct);
        return response;
    }
}
