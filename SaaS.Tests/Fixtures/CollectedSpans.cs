using System.Collections.Concurrent;
using System.Diagnostics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// Collects the product's spans that belong to its trace, until it is disposed. Requests that are sent meanwhile belong to it.
/// </summary>
internal sealed class CollectedSpans : IDisposable
{
    private readonly ConcurrentQueue<string> _names = [];
    private readonly Activity _trace = new Activity("test").Start();
    private readonly ActivityListener _listener;

    public CollectedSpans()
    {
        var id = _trace.TraceId;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SaaSDiagnostics.Calls.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == id)
                {
                    _names.Enqueue(span.OperationName);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyCollection<string> Names => _names;

    public void Dispose()
    {
        _listener.Dispose();
        _trace.Dispose();
    }
}
