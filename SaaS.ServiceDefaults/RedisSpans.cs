using System.Diagnostics;
using System.Globalization;
using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace SaaS.ServiceDefaults;

/// <summary>Gives the spans of Redis, which are named by command, the attributes of the stable database conventions.</summary>
internal static class RedisSpans
{
    public static void Configure(StackExchangeRedisInstrumentationOptions options)
    {
        // Spans are made after the command, when the processor does not see the parent any more. Pings of the connection have none.
        options.Filter = context => context.ParentActivity is { Recorded: true };
        options.Enrich = (span, context) => Describe(span, context.ProfiledCommand.Command, context.ProfiledCommand.Db);
    }

    private static void Describe(Activity span, string command, int database)
    {
        // Those of the conventions before they were stable.
        span.SetTag("db.system", null).SetTag("db.statement", null).SetTag("db.redis.database_index", null);
        span.SetTag("db.system.name", "redis").SetTag("db.operation.name", command);
        if (database >= 0)
        {
            span.SetTag("db.namespace", database.ToString(CultureInfo.InvariantCulture));
        }
    }
}
