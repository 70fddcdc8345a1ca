using System.Collections.Concurrent;
using System.Diagnostics;
using OpenTelemetry;

namespace SaaS.ServiceDefaults;

/// <summary>
/// Names Npgsql spans by operation and table. A processor sees the spans of every data source, and parses only exported ones:
/// https://opentelemetry.io/docs/specs/semconv/db/database-spans/#name
/// </summary>
internal sealed class PostgresSpanProcessor : BaseProcessor<Activity>
{
    private const int MaxCached = 1_000;
    private const string Connect = "CONNECT";

    private readonly ConcurrentDictionary<string, SqlSummary> _summaries = new(StringComparer.Ordinal);
    private int _cached;

    public override void OnEnd(Activity activity)
    {
        if (activity.Source.Name != "Npgsql")
        {
            return;
        }

        if (activity.GetTagItem("db.query.text") is string text)
        {
            if (GetSummary(text) is not { } summary)
            {
                return;
            }

            activity.DisplayName = summary.Text;
            activity.SetTag("db.query.summary", summary.Text);
            activity.SetTag("db.operation.name", summary.Operation);
            activity.SetTag("db.collection.name", summary.Collection);
        }
        else if (activity.DisplayName.StartsWith(Connect, StringComparison.Ordinal))
        {
            activity.DisplayName = Connect; // Npgsql appends the database, and each tenant has its own
        }
    }

    private SqlSummary? GetSummary(string text)
    {
        if (_summaries.TryGetValue(text, out var known))
        {
            return known;
        }

        var summary = SqlSummary.Parse(text);

        // Statements without a table, such as CREATE ROLE, contain names and passwords and never repeat.
        if (summary is { Collection: not null } && Volatile.Read(ref _cached) < MaxCached && _summaries.TryAdd(text, summary))
        {
            Interlocked.Increment(ref _cached);
        }

        return summary;
    }
}
