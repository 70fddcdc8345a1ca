using System.Diagnostics;
using System.Globalization;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>
/// Tests that probes, scrapes and background polling, which recur every few seconds, do not fill a collector with traces.
/// </summary>
public sealed class ProbeTraceTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private static readonly string[] Probes = ["/health", "/health/live", "/health/ready"];

    [Theory]
    [InlineData("01", "parentbased_always_on")]
    [InlineData("01", "always_on")] // the sampler that Aspire sets; it ignores that the probe's own span is not recorded
    [InlineData("00", "always_on")]
    public async Task Probes_with_a_trace_context_create_no_spans(string flags, string sampler)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var metricsPort = Ports.FreeOr(0);
        var probes = new List<string>();
        var request = NewTraceParent();

        var settings = new Dictionary<string, string?>(receiver.Settings) { ["OTEL_TRACES_SAMPLER"] = sampler };
        var scraped = new Dictionary<string, string?>(settings) { ["Metrics:Port"] = metricsPort.ToString(CultureInfo.InvariantCulture) };

        await using (var api = await cluster.StartApiProcessAsync(scraped))
        await using (var worker = await cluster.StartWorkerProcessAsync(settings))
        await using (var scheduler = await cluster.StartSchedulerProcessAsync(settings))
        {
            for (var round = 0; round < 3; round++)
            {
                foreach (var http in (HttpClient[])[api.Http, worker.Http, scheduler.Http])
                {
                    foreach (var path in Probes)
                    {
                        await ProbeAsync(http, path);
                    }
                }

                using var prometheus = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}") };
                await ProbeAsync(prometheus, "/metrics");
            }

            using var ordinary = await SendAsync(api.Http, "/api/auth/me", request); // any request other than a probe
        } // a host exports all its spans before it exits

        var spans = receiver.Spans;
        Assert.Contains(spans, span => span.TraceId == TraceIdOf(request));
        Assert.Empty(spans.Where(span => probes.Contains(span.TraceId)).Select(Describe));
        var polling = spans.Where(span =>
            span.ParentId == "" && span.Attributes.Keys.Any(name => name.StartsWith("db.", StringComparison.Ordinal))
        );
        Assert.Empty(polling.Select(Describe));

        async Task ProbeAsync(HttpClient http, string path)
        {
            var traceParent = NewTraceParent(flags);
            probes.Add(TraceIdOf(traceParent));
            using var answer = await SendAsync(http, path, traceParent);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "traceparent", traceParent } } };
        return await http.SendAsync(request);
    }

    private static string Describe(ReceivedSpan span) => $"{span.Service}: {span.Name}";

    private static string NewTraceParent(string flags = "01") =>
        $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-{flags}";

    private static string TraceIdOf(string traceParent) => traceParent.Split('-')[1];
}
