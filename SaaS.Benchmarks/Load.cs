using System.Collections.Concurrent;

namespace SaaS.Benchmarks;

/// <summary>HTTP load from this machine. An error response ends the measurement, because rejected requests are fast.</summary>
internal static class Load
{
    private const int WarmUpAnswers = 15_000;

    internal static HttpClient NewClient() => new(NewHandler());

    internal static HttpMessageHandler NewHandler() => new SocketsHttpHandler { UseCookies = false, UseProxy = false };

    /// <summary>Runs clients that send requests without pause for the duration.</summary>
    /// <returns>Responses per second.</returns>
    internal static async Task<double> ThroughputAsync(
        HttpClient http,
        int clients,
        Func<int, HttpRequestMessage> request,
        TimeSpan duration,
        CancellationToken ct
    )
    {
        var clock = SystemUnderMeasurement.Clock;
        var answered = new ConcurrentQueue<TimeSpan>();
        var began = clock.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => AskAsync(client), ct)));

        // Measured from the first response to the last, because the load is not yet complete before the first.
        return (answered.Count - 1) / (answered.Max() - answered.Min()).TotalSeconds;

        async Task AskAsync(int client)
        {
            while (clock.GetElapsedTime(began) < duration)
            {
                await SendAsync(http, request(client), ct);
                answered.Enqueue(clock.GetElapsedTime(began));
            }
        }
    }

    /// <summary>
    /// Sends enough requests for tiered compilation to finish: a fixed number instead of a fixed time, because a busy machine takes
    /// several times as long.
    /// </summary>
    internal static async Task WarmUpAsync(HttpClient http, int clients, Func<HttpRequestMessage> request, CancellationToken ct)
    {
        var left = WarmUpAnswers;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(AskAsync, ct)));

        async Task AskAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await SendAsync(http, request(), ct);
            }
        }
    }

    /// <summary>Sends a request at each interval without waiting for earlier responses, so that a slow server gets the same load.</summary>
    /// <returns>How many milliseconds each took.</returns>
    internal static async Task<IReadOnlyList<double>> LatenciesAsync(
        HttpClient http,
        Func<HttpRequestMessage> request,
        TimeSpan interval,
        TimeSpan duration,
        CancellationToken ct
    )
    {
        var clock = SystemUnderMeasurement.Clock;
        using var ticks = new PeriodicTimer(interval, clock);
        List<Task<double>> asked = [];
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < duration && await ticks.WaitForNextTickAsync(ct))
        {
            asked.Add(TimeAsync());
        }

        return await Task.WhenAll(asked);

        async Task<double> TimeAsync()
        {
            var sent = clock.GetTimestamp();
            await SendAsync(http, request(), ct);
            return clock.GetElapsedTime(sent).TotalMilliseconds;
        }
    }

    /// <summary>Sends requests one after the other.</summary>
    /// <returns>How many milliseconds each took.</returns>
    internal static async Task<IReadOnlyList<double>> OneByOneAsync(
        HttpClient http,
        Func<int, HttpRequestMessage> request,
        int times,
        CancellationToken ct
    )
    {
        var clock = SystemUnderMeasurement.Clock;
        var took = new double[times];
        for (var turn = 0; turn < times; turn++)
        {
            var sent = clock.GetTimestamp();
            await SendAsync(http, request(turn), ct);
            took[turn] = clock.GetElapsedTime(sent).TotalMilliseconds;
        }

        return took;
    }

    private static async Task SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            using var answer = await http.SendAsync(request, ct); // includes the whole body
            answer.EnsureSuccessStatusCode();
        }
    }
}
