using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Tests.Fixtures;

/// <summary>Collects the measurements of the product's meter until it is disposed. All hosts of this process share that meter.</summary>
internal sealed class MeterReadings : IDisposable
{
    private readonly ConcurrentDictionary<string, (double Sum, int Count)> _readings = [];
    private readonly MeterListener _listener = new();

    public MeterReadings()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == SaaSDiagnostics.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        _listener.Start();
    }

    public double SumOf(string instrument) => _readings.GetValueOrDefault(instrument).Sum;

    public int CountOf(string instrument) => _readings.GetValueOrDefault(instrument).Count;

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value) =>
        _readings.AddOrUpdate(instrument.Name, (value, 1), (_, sofar) => (sofar.Sum + value, sofar.Count + 1));
}
