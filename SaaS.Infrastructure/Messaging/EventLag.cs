using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Infrastructure.Messaging;

/// <summary>The consumer lag metric: the last values that the consumers in this process measured.</summary>
internal static class EventLag
{
    private static readonly ConcurrentDictionary<Source, bool> Sources = [];

    private static readonly ObservableGauge<long> Lag = SaaSDiagnostics.Meter.CreateObservableGauge(
        "saas.events.lag",
        Measure,
        "{record}",
        "Published records that the consumer group has not consumed"
    );

    /// <summary>Publishes the lag that <paramref name="read"/> returns, by topic or in total, until the result is disposed.</summary>
    public static IDisposable Observe(string group, Func<IReadOnlyCollection<(string? Topic, long Records)>> read)
    {
        _ = Lag; // creates the gauge with the first consumer
        var source = new Source(group, read);
        Sources[source] = true;
        return source;
    }

    private static IEnumerable<Measurement<long>> Measure() =>
        from source in Sources.Keys
        from lag in source.Read()
        select new Measurement<long>(
            lag.Records,
            lag.Topic is null
                ? [KeyValuePair.Create("group", (object?)source.Group)]
                : [KeyValuePair.Create("group", (object?)source.Group), KeyValuePair.Create("topic", (object?)lag.Topic)]
        );

    private sealed class Source(string group, Func<IReadOnlyCollection<(string? Topic, long Records)>> read) : IDisposable
    {
        public string Group => group;

        public IReadOnlyCollection<(string? Topic, long Records)> Read() => read();

        public void Dispose() => Sources.TryRemove(this, out _);
    }
}
