using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace SaaS.ServiceDefaults;

/// <summary>Gives what is logged the tenant of the span in which it is logged.</summary>
internal sealed class TenantOnLogs : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        for (var span = Activity.Current; span is not null; span = span.Parent)
        {
            if (span.GetTagItem(DiscreetSpans.TenantId) is { } tenant)
            {
                data.Attributes = [.. data.Attributes ?? [], KeyValuePair.Create(DiscreetSpans.TenantId, (object?)tenant)];
                return;
            }
        }
    }
}
