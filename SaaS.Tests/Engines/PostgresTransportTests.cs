using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Platform.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Engines;

/// <summary>What every transport promises, each test on a topic and a group of its own.</summary>
public sealed class PostgresTransportTests(SaaSApp app)
{
    private readonly string _topic = $"test.{Path.GetRandomFileName()}";
    private readonly string _group = $"group.{Path.GetRandomFileName()}";

    private EventTransport Transport => app.Services.GetRequiredService<EventTransport>();

    [Fact]
    public async Task Records_of_a_key_arrive_in_the_order_in_which_they_were_published()
    {
        var keys = Enumerable.Range(0, 8).Select(key => $"key-{key}").ToList();
        await Task.WhenAll(keys.Select(async key =>
        {
            for (var batch = 0; batch < 10; batch++)
            {
                await Transport.PublishAsync([.. Enumerable.Range(batch * 5, 5).Select(number => Record(key, number))], CancellationToken.None);
            }
        }));

        var arrived = new ConcurrentDictionary<string, ConcurrentQueue<int>>();
        await ConsumeUntilAsync(
            record => arrived.GetOrAdd(record.Key, _ => new()).Enqueue(int.Parse(record.Value)),
            () => arrived.Values.Sum(numbers => numbers.Count) == keys.Count * 50);

        Assert.All(keys, key => Assert.Equal(Enumerable.Range(0, 50), arrived[$"{_topic}/{key}"]));
    }

    [Fact]
    public async Task A_record_whose_handler_fails_is_handed_over_again_before_the_next_of_its_key()
    {
        await Transport.PublishAsync([Record("key", 1), Record("key", 2)], CancellationToken.None);

        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(
            record =>
            {
                seen.Enqueue(int.Parse(record.Value));
                if (seen.Count == 1)
                {
                    throw new InvalidOperationException("the first time");
                }
            },
            () => seen.Count == 3);

        Assert.Equal([1, 1, 2], seen);
    }

    [Fact]
    public async Task A_group_that_was_away_continues_where_it_stopped_and_another_begins_at_the_beginning()
    {
        await Transport.PublishAsync([Record("key", 1)], CancellationToken.None);
        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(
            record => seen.Enqueue(int.Parse(record.Value)),
            async () => seen.Count == 1 && await Transport.CountWaitingAsync(_group, CancellationToken.None) == 0);

        await Transport.PublishAsync([Record("key", 2)], CancellationToken.None);
        await ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 2);
        Assert.Equal([1, 2], seen);

        var fresh = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(record => fresh.Enqueue(int.Parse(record.Value)), () => fresh.Count == 2, $"{_group}.fresh");
        Assert.Equal([1, 2], fresh);
    }

    [Fact]
    public async Task Two_consumers_of_a_group_share_the_records()
    {
        await Transport.PublishAsync([.. Enumerable.Range(0, 200).Select(number => Record($"key-{number % 20}", number))], CancellationToken.None);

        var seen = new ConcurrentQueue<int>();
        await Task.WhenAll(
            ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count >= 200),
            ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count >= 200));

        Assert.Equal(Enumerable.Range(0, 200), seen.Distinct().Order());
    }

    private EventRecord Record(string key, int number) => new(_topic, $"{_topic}/{key}", number.ToString(), TraceParent: null);

    private Task ConsumeUntilAsync(Action<EventRecord> handle, Func<bool> enough, string? group = null) =>
        ConsumeUntilAsync(handle, () => Task.FromResult(enough()), group);

    private async Task ConsumeUntilAsync(Action<EventRecord> handle, Func<Task<bool>> enough, string? group = null)
    {
        using var stop = new CancellationTokenSource();
        var consuming = Transport.ConsumeAsync(
            group ?? _group,
            [_topic],
            (record, _) =>
            {
                handle(record);
                return Task.CompletedTask;
            },
            stop.Token);

        await Eventually.HoldsAsync(enough, "not everything was consumed");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
    }
}
