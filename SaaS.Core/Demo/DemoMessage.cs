using System.Text.Json;

namespace SaaS.Core.Demo;

/// <summary>A consumed demo message.</summary>
/// <param name="EventId">The id of the event.</param>
/// <param name="Topic">Label of the message.</param>
/// <param name="Timestamp">When it was sent (UTC).</param>
/// <param name="UserId">The sender.</param>
/// <param name="Key">Key of the message.</param>
/// <param name="Payload">The message.</param>
public sealed record DemoMessage(Guid EventId, string Topic, DateTimeOffset Timestamp, Guid UserId, string? Key, JsonElement Payload);
