using System.Diagnostics;
using SaaS.Platform.Diagnostics;

namespace SaaS.Core.Events;

/// <summary>What the two spans of an event's way have in common: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/</summary>
internal static class EventSpans
{
    public static void Describe(Activity span, string system, string topic, string key)
    {
        span.SetTag("messaging.system", system).SetTag("messaging.destination.name", topic);
        if (Guid.TryParse(key, out _))
        {
            span.SetTag(SaaSDiagnostics.TenantId, key); // what concerns no tenant has another key
        }
    }
}
