using System.Text.Json;

namespace SaaS.Core.Demo;

/// <summary>A message that came back.</summary>
/// <param name="EventId">The event that carried it.</param>
/// <param name="Topic">What its sender calls it.</param>
/// <param name="Timestamp">When it was sent (UTC).</param>
/// <param name="UserId">Its sender.</param>
/// <param name="Key">What its sender wants to find it by.</param>
/// <param name="Payload">The message.</param>
public sealed record DemoMessage(Guid EventId, string Topic, DateTimeOffset Timestamp, Guid UserId, string? Key, JsonElement Payload);
