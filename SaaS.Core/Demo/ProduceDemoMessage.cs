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

/// <summary>A message to be sent round.</summary>
public sealed record ProduceDemoMessageRequest
{
    /// <summary>What it is called: 1 to 100 characters. It travels under the topic demo.message_sent whatever it is called.</summary>
    [Required, OneLine(100)]
    public required string Topic { get; init; }

    /// <summary>Any JSON object.</summary>
    [Required]
    public required IReadOnlyDictionary<string, JsonElement> Message { get; init; }

    /// <summary>What to find it by, up to 100 characters.</summary>
    [OneLine(100)]
    public string? Key { get; init; }
}

/// <summary>A message that was sent.</summary>
/// <param name="EventId">The event that carries it.</param>
/// <param name="Topic">What it is called.</param>
/// <param name="Timestamp">When it was sent (UTC).</param>
/// <param name="Status">Always sent: it is in the outbox, from where it arrives whatever is killed.</param>
/// <param name="Note">How it goes on.</param>
public sealed record ProducedDemoMessage(Guid EventId, string Topic, DateTimeOffset Timestamp, string Status, string Note);

internal static class ProduceDemoMessage
{
    internal static void Map(RouteGroupBuilder demo) => demo.MapPost("/produce", Handle).Idempotent<ProduceDemoMessageRequest>().ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Sends a message the way of all events: outbox, relay, transport.</summary>
    internal static async Task<Created<ApiResponse<ProducedDemoMessage>>> Handle(ProduceDemoMessageRequest request, CurrentUser currentUser, ControlDbContext db, IdempotencyContext keyed, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = db.Outbox.Add(
            new DemoMessageSent(request.Topic.Trim(), request.Key?.Trim(), JsonSerializer.SerializeToElement(request.Message), currentUser.UserId), subject: currentUser.UserId, tenantId: null);
        var answer = keyed.StoreResponse(db, ApiResponse.Created(
            $"{DemoModule.Path}/consume",
            new ProducedDemoMessage(id, request.Topic.Trim(), now, "sent", "The worker relays it; it comes back in GET /api/demo/kafka/consume"),
            "Message sent"));
        await db.SaveChangesAsync(ct);
        return answer;
    }
}
