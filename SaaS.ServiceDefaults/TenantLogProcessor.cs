using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace SaaS.ServiceDefaults;

/// <summary>Adds the tenant of the current span to log records.</summary>
internal sealed class TenantLogProcessor : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        for (var span = Activity.Current; span is not null; span = span.Parent)
        {
            if (span.GetTagItem(RedactingActivityProcessor.TenantId) is { } tenant)
            {
                data.Attributes = [.. data.Attributes ?? [], KeyValuePair.Create(RedactingActivityProcessor.TenantId, (object?)tenant)];
                return;
            }
        }
    }
}
