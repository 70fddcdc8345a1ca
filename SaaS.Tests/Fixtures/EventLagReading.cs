using System.Diagnostics.Metrics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Tests.Fixtures;

/// <summary>Reads the lag of a consumer group from the product's meter.</summary>
internal static class EventLagReading
{
    /// <returns>The sum over its topics; null when the group has no consumer.</returns>
    public static long? Of(string group)
    {
        long? sum = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (instrument.Meter.Name == SaaSDiagnostics.Name && instrument.Name == "saas.events.lag")
            {
                heard.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(
            (_, value, tags, _) =>
            {
                if (tags.Contains(KeyValuePair.Create("group", (object?)group)))
                {
                    sum = (sum ?? 0) + value;
                }
            }
        );
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;
    }
}
