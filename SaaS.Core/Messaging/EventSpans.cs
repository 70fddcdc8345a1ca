using System.Diagnostics;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Messaging;

namespace SaaS.Core.Messaging;

/// <summary>
/// Starts the spans of publishing and processing an event: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
/// </summary>
internal static class EventSpans
{
    /// <summary>Starts a publish span as a child of the span that wrote the event.</summary>
    public static Activity? StartPublish(OutboxMessage message, string system)
    {
        var parent = SaaSDiagnostics.ContextOf(message.TraceParent);
        var span = SaaSDiagnostics.Calls.StartActivity($"publish {message.Type}", ActivityKind.Producer, parent);
        if (span is not null)
        {
            Describe(span, system, message.Type, message.Key);
            span.SetTag("messaging.operation.name", "publish")
                .SetTag("messaging.operation.type", "send")
                .SetTag("messaging.message.id", span.IsAllDataRequested ? CloudEvent.TryParse(message.Envelope)?.Id : null);
        }

        return span;
    }

    /// <summary>Starts a process span as a child of the span that published the record.</summary>
    public static Activity? StartProcess(EventRecord record, CloudEvent envelope, string system, string group)
    {
        var parent = SaaSDiagnostics.ContextOf(record.TraceParent);
        var span = SaaSDiagnostics.Activities.StartActivity($"process {record.Topic}", ActivityKind.Consumer, parent);
        if (span is not null)
        {
            Describe(span, system, record.Topic, record.Key);
            span.SetTag("messaging.operation.name", "process")
                .SetTag("messaging.operation.type", "process")
                .SetTag("messaging.consumer.group.name", group)
                .SetTag("messaging.message.id", envelope.Id);
        }

        return span;
    }

    public static void SetError(Activity? span, Exception error, string description) =>
        span?.SetStatus(ActivityStatusCode.Error, description).SetTag("error.type", error.GetType().FullName);

    private static void Describe(Activity span, string system, string topic, string key)
    {
        span.SetTag("messaging.system", system).SetTag("messaging.destination.name", topic);
        if (Guid.TryParse(key, out _))
        {
            span.SetTag(SaaSDiagnostics.TenantId, key); // the key of a platform event is not a tenant id
        }
    }
}
