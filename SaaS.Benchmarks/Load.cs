using System.Collections.Concurrent;

namespace SaaS.Benchmarks;

/// <summary>Clients on this machine. Whatever is not answered with success ends the measurement: a refusal is fast, and no figure.</summary>
internal static class Load
{
    private const int WarmUpAnswers = 15_000;

    internal static HttpClient NewClient() => new(NewHandler());

    internal static HttpMessageHandler NewHandler() => new SocketsHttpHandler { UseCookies = false, UseProxy = false };

    /// <summary>So many clients, each of which asks again as soon as it is answered, for a while.</summary>
    /// <returns>Answers per second.</returns>
    internal static async Task<double> ThroughputAsync(HttpClient http, int clients, Func<int, HttpRequestMessage> request, TimeSpan duration, CancellationToken ct)
    {
        var clock = SystemUnderMeasurement.Clock;
        var answered = new ConcurrentQueue<TimeSpan>();
        var began = clock.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => AskAsync(client), ct)));

        // From the first answer to the last: the first took its time while nothing was going on beside it yet.
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
    /// So many answers that the code behind them is compiled for good: by number and not by time, because a busy machine
    /// takes several times as long to get there.
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

    /// <summary>A request at every interval, whether or not the one before has been answered: a slow server gets no rest by being slow.</summary>
    /// <returns>How many milliseconds each took.</returns>
    internal static async Task<IReadOnlyList<double>> LatenciesAsync(HttpClient http, Func<HttpRequestMessage> request, TimeSpan interval, TimeSpan duration, CancellationToken ct)
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

    /// <summary>One request after the other.</summary>
    /// <returns>How many milliseconds each took.</returns>
    internal static async Task<IReadOnlyList<double>> OneByOneAsync(HttpClient http, Func<int, HttpRequestMessage> request, int times, CancellationToken ct)
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
            using var answer = await http.SendAsync(request, ct); // with the whole body
            answer.EnsureSuccessStatusCode();
        }
    }
}
