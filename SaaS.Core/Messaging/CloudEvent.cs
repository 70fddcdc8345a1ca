using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaaS.Core.Messaging;

/// <summary>A CloudEvents 1.0 envelope in JSON (<c>specversion, id, source, type, subject, time, tenantid, data</c>).</summary>
internal sealed record CloudEvent(
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("tenantid")] Guid? TenantId,
    [property: JsonPropertyName("data")] JsonElement Data
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    [JsonPropertyName("specversion")]
    public string SpecVersion { get; init; } = "1.0";

    [JsonPropertyName("datacontenttype")]
    public string DataContentType { get; init; } = "application/json";

    /// <summary>The ordering key: the tenant's id, or the subject's id for events without a tenant.</summary>
    [JsonIgnore]
    public string Key => TenantId?.ToString() ?? Subject ?? Id.ToString();

    public static CloudEvent Create<TEvent>(TEvent fact, Guid id, string? subject, DateTimeOffset time, Guid? tenantId)
        where TEvent : IEvent => new(id, "/saas", TEvent.Type, subject, time, tenantId, JsonSerializer.SerializeToElement(fact, Json));

    /// <returns>Null if the text is not a CloudEvent.</returns>
    public static CloudEvent? TryParse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<CloudEvent>(json, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public TEvent ReadData<TEvent>() => Data.Deserialize<TEvent>(Json) ?? throw new JsonException($"The data of {Type} must not be null.");

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
