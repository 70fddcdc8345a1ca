using System.Diagnostics;
using System.Globalization;
using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace SaaS.ServiceDefaults;

/// <summary>Adds the attributes of the stable database conventions to Redis spans, which are named by command.</summary>
internal static class RedisSpans
{
    public static void Configure(StackExchangeRedisInstrumentationOptions options)
    {
        // Spans are created after the command, when the processor no longer sees the parent. Pings of the connection have no parent.
        options.Filter = context => context.ParentActivity is { Recorded: true };
        options.Enrich = (span, context) => Describe(span, context.ProfiledCommand.Command, context.ProfiledCommand.Db);
    }

    private static void Describe(Activity span, string command, int database)
    {
        // Attributes of the conventions before they were stable.
        span.SetTag("db.system", null).SetTag("db.statement", null).SetTag("db.redis.database_index", null);
        span.SetTag("db.system.name", "redis").SetTag("db.operation.name", command);
        if (database >= 0)
        {
            span.SetTag("db.namespace", database.ToString(CultureInfo.InvariantCulture));
        }
    }
}
