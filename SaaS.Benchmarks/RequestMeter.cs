using System.Collections.Concurrent;
using System.Globalization;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>The cost of the measured requests to the API.</summary>
/// <param name="Took">The milliseconds of each request until the client has the response, or its headers when it streams the body.</param>
/// <param name="ProcessorSeconds">The total CPU time of the API process.</param>
/// <param name="AllocatedBytes">The total heap allocations of the API process.</param>
internal sealed record RequestCosts(IReadOnlyList<double> Took, double ProcessorSeconds, double AllocatedBytes)
{
    internal double ProcessorMicroseconds => ProcessorSeconds * 1e6 / Took.Count;

    internal double AllocatedKibibytes => AllocatedBytes / 1024 / Took.Count;

    /// <summary>Returns the total of several rounds; null without requests.</summary>
    internal static RequestCosts? Total(IEnumerable<RequestCosts> rounds)
    {
        var all = rounds.ToList();
        return
            new RequestCosts([.. all.SelectMany(one => one.Took)], all.Sum(one => one.ProcessorSeconds), all.Sum(one => one.AllocatedBytes))
                is { Took.Count: > 0 } costs
            ? costs
            : null;
    }
}

/// <summary>Measures the requests to the API, but not those to the anchor.</summary>
internal sealed class RequestMeter(HostProcess api, Uri numbers) : IDisposable
{
    private const string Allocated = "dotnet_gc_heap_total_allocated_bytes_total";

    private readonly HttpClient _scraper = new();
    private readonly int _process = ProcessMemory.FindHost(api.Address);
    private readonly Uri _api = new(api.Address);
    private readonly ConcurrentQueue<double> _took = [];

    /// <summary>Creates a client whose requests are measured.</summary>
    internal HttpClient NewClient() => new(new MeteringHandler(this, Load.NewHandler()));

    internal async Task<RequestCosts> MeasureAsync(Func<Task> ask, CancellationToken ct)
    {
        _took.Clear();
        var (allocated, processor) = (await ReadAllocatedAsync(ct), CpuUsage.GetProcessorSeconds(_process));
        await ask();
        return new RequestCosts([.. _took], CpuUsage.GetProcessorSeconds(_process) - processor, await ReadAllocatedAsync(ct) - allocated);
    }

    public void Dispose() => _scraper.Dispose();

    // "dotnet_gc_heap_total_allocated_bytes_total{…} 123456 1790000000000"
    private async Task<double> ReadAllocatedAsync(CancellationToken ct) =>
        double.Parse(
            (await _scraper.GetStringAsync(numbers, ct))
                .Split('\n')
                .Single(line => line.StartsWith(Allocated, StringComparison.Ordinal))
                .Split(' ')[1],
            CultureInfo.InvariantCulture
        );

    private sealed class MeteringHandler(RequestMeter meter, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri?.Authority != meter._api.Authority)
            {
                return await base.SendAsync(request, cancellationToken);
            }

            var sent = SystemUnderMeasurement.Clock.GetTimestamp();
            var answer = await base.SendAsync(request, cancellationToken);
            meter._took.Enqueue(SystemUnderMeasurement.Clock.GetElapsedTime(sent).TotalMilliseconds);
            return answer;
        }
    }
}
