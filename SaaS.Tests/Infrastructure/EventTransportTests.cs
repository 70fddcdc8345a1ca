using System.Collections.Concurrent;
using System.Diagnostics;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>
/// Tests the contract of an event transport, each test on a topic and a group of its own. The tests of each transport derive from this
/// class.
/// </summary>
public abstract class EventTransportTests
{
    protected const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    internal abstract EventTransport Transport { get; }

    protected string Topic { get; } = $"test.{Path.GetRandomFileName()}";

    protected string Group { get; } = $"group.{Path.GetRandomFileName()}";

    /// <summary>Longer than the transport waits for a handler before it reassigns its partition.</summary>
    protected virtual TimeSpan LongWork => TimeSpan.Zero;

    [Fact]
    public async Task Records_of_a_key_arrive_in_the_order_in_which_they_were_published()
    {
        var keys = Enumerable.Range(0, 8).Select(key => $"key-{key}").ToList();
        await Task.WhenAll(
            keys.Select(async key =>
            {
                for (var batch = 0; batch < 10; batch++)
                {
                    await Transport.PublishAsync(
                        [.. Enumerable.Range(batch * 5, 5).Select(number => Record(key, number))],
                        CancellationToken.None
                    );
                }
            })
        );

        var arrived = new ConcurrentDictionary<string, ConcurrentQueue<int>>();
        await ConsumeUntilAsync(
            record => arrived.GetOrAdd(record.Key, _ => new()).Enqueue(int.Parse(record.Value)),
            () => arrived.Values.Sum(numbers => numbers.Count) == keys.Count * 50
        );

        Assert.All(keys, key => Assert.Equal(Enumerable.Range(0, 50), arrived[$"{Topic}/{key}"]));
    }

    [Fact]
    public async Task A_failed_record_is_redelivered_before_the_next_of_its_key()
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
            () => seen.Count == 3
        );

        Assert.Equal([1, 1, 2], seen);
    }

    [Fact]
    public async Task A_consumer_group_resumes_and_a_new_group_starts_at_the_beginning()
    {
        await Transport.PublishAsync([Record("key", 1)], CancellationToken.None);
        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(
            record => seen.Enqueue(int.Parse(record.Value)),
            async () => seen.Count == 1 && await Transport.CountWaitingAsync(Group, CancellationToken.None) == 0
        );

        await Transport.PublishAsync([Record("key", 2)], CancellationToken.None);
        await ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 2);
        Assert.Equal([1, 2], seen);

        var fresh = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(record => fresh.Enqueue(int.Parse(record.Value)), () => fresh.Count == 2, $"{Group}.fresh");
        Assert.Equal([1, 2], fresh);
    }

    [Fact]
    public async Task Two_consumers_of_a_group_share_the_records()
    {
        await Transport.PublishAsync(
            [.. Enumerable.Range(0, 200).Select(number => Record($"key-{number % 20}", number))],
            CancellationToken.None
        );

        var seen = new ConcurrentQueue<int>();
        await Task.WhenAll(
            ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count >= 200),
            ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count >= 200)
        );

        Assert.Equal(Enumerable.Range(0, 200), seen.Distinct().Order());
    }

    [Fact]
    public async Task A_stopped_consumer_hands_over_without_duplicate_deliveries()
    {
        var seen = new ConcurrentQueue<int>();
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var (byFirst, bySecond) = (0, 0);
        var first = ConsumeAsync(record => Interlocked.Increment(ref byFirst), stopFirst.Token);
        var second = ConsumeAsync(record => Interlocked.Increment(ref bySecond), stopSecond.Token);

        // Publishes until both have a share, so that there is something to take over.
        for (var number = 0; Volatile.Read(ref byFirst) == 0 || Volatile.Read(ref bySecond) == 0; number += 100)
        {
            await PublishHundredAsync(number);
            await SeenAsync(number + 100);
        }

        var begun = seen.Count;
        await PublishHundredAsync(begun);
        await stopFirst.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var atTheEnd = Volatile.Read(ref byFirst);
        await PublishHundredAsync(begun + 100);
        await SeenAsync(begun + 200);
        await stopSecond.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        Assert.Equal(Enumerable.Range(0, begun + 200), seen.Order());
        Assert.Equal(atTheEnd, Volatile.Read(ref byFirst));

        Task PublishHundredAsync(int from) =>
            Transport.PublishAsync(
                [.. Enumerable.Range(from, 100).Select(number => Record($"key-{number % 20}", number))],
                CancellationToken.None
            );

        Task SeenAsync(int count) => Eventually.HoldsAsync(() => Task.FromResult(seen.Count >= count), "not everything was consumed");

        Task ConsumeAsync(Action<EventRecord> count, CancellationToken ct) =>
            Transport.ConsumeAsync(
                Group,
                [Topic],
                (record, _) =>
                {
                    seen.Enqueue(int.Parse(record.Value));
                    count(record);
                    return Task.CompletedTask;
                },
                ct
            );
    }

    [Fact]
    public async Task A_poison_record_blocks_only_its_own_partition()
    {
        await Transport.PublishAsync(
            [Record("poison", 0), Record("poison", 1), .. Enumerable.Range(2, 100).Select(number => Record($"key-{number}", number))],
            CancellationToken.None
        );

        var (healed, failures) = (false, 0);
        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(
            record =>
            {
                if (record.Value == "0" && !Volatile.Read(ref healed))
                {
                    Interlocked.Increment(ref failures);
                    throw new InvalidOperationException("again and again");
                }

                seen.Enqueue(int.Parse(record.Value));
            },
            () =>
            {
                // Some keys share its partition by chance; most do not.
                if (Volatile.Read(ref failures) >= 2 && seen.Count >= 50)
                {
                    Assert.True(healed || !seen.Contains(1));
                    Volatile.Write(ref healed, true);
                }

                return seen.Count == 102;
            }
        );

        Assert.Equal(Enumerable.Range(0, 102), seen.Order());
        Assert.True(seen.ToList().IndexOf(0) < seen.ToList().IndexOf(1));
    }

    [Fact]
    public async Task A_slow_handler_keeps_its_partition_and_blocks_no_other()
    {
        var work = new TaskCompletionSource();
        var seen = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var consuming = Transport.ConsumeAsync(
            Group,
            [Topic],
            async (record, _) =>
            {
                seen.Enqueue(record.Value);
                await (record.Value == "0" ? work.Task : Task.CompletedTask);
            },
            stop.Token
        );

        await Transport.PublishAsync([Record("slow", 0), Record("slow", 1)], CancellationToken.None);
        await Eventually.HoldsAsync(() => Task.FromResult(seen.Contains("0")), "the slow record was not handed over");

        var (began, next) = (Stopwatch.GetTimestamp(), 2);
        while (Stopwatch.GetElapsedTime(began) <= LongWork || next < 100)
        {
            // Enough keys that some are in other partitions.
            await Transport.PublishAsync(
                [.. Enumerable.Range(next, 50).Select(number => Record($"key-{number}", number))],
                CancellationToken.None
            );
            await Eventually.HoldsAsync(
                () => Task.FromResult(Enumerable.Range(next, 50).Count(number => seen.Contains(number.ToString())) >= 20),
                "the others are held up"
            );
            next += 50;
        }

        Assert.DoesNotContain("1", seen);
        work.SetResult();
        await Eventually.HoldsAsync(() => Task.FromResult(seen.Count >= next), "not everything was consumed");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);

        Assert.Equal(Enumerable.Range(0, next), seen.Select(int.Parse).Order());
    }

    [Fact]
    public async Task Records_of_a_key_keep_their_order_during_concurrent_publishing()
    {
        var seen = new ConcurrentQueue<int>();
        var consuming = ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 150);
        for (var number = 0; number < 150; number += 3)
        {
            await Transport.PublishAsync(
                [Record("key", number), Record("key", number + 1), Record("key", number + 2)],
                CancellationToken.None
            );
        }

        await consuming;
        Assert.Equal(Enumerable.Range(0, 150), seen);
    }

    [Fact]
    public async Task Records_published_again_are_delivered_again_in_order()
    {
        EventRecord[] batch = [Record("key", 1), Record("key", 2), Record("key", 3)];
        await Transport.PublishAsync(batch, CancellationToken.None);
        await Transport.PublishAsync(batch, CancellationToken.None);

        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 6);

        Assert.Equal([1, 2, 3, 1, 2, 3], seen);
    }

    [Fact]
    public async Task A_record_arrives_as_it_was_published()
    {
        EventRecord[] published =
        [
            Record("key", 1) with
            {
                TraceParent = Trace,
            },
            Record("key", 2),
            Record("key", 3) with
            {
                Value = "{\"data\":\"Żółć 漢字 😀\"}",
            },
            Record("key", 4) with
            {
                Value = new string('x', 900_000),
            },
        ];
        await Transport.PublishAsync(published, CancellationToken.None);

        var seen = new ConcurrentQueue<EventRecord>();
        await ConsumeUntilAsync(seen.Enqueue, () => seen.Count == 4);

        Assert.Equal(published, seen);
    }

    [Fact]
    public async Task A_record_with_a_cancelled_handler_is_not_committed()
    {
        await Transport.PublishAsync([Record("key", 1)], CancellationToken.None);
        var begun = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var consuming = Transport.ConsumeAsync(
            Group,
            [Topic],
            async (_, ct) =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, ct);
            },
            stop.Token
        );
        await begun.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);

        var seen = new ConcurrentQueue<int>();
        await ConsumeUntilAsync(record => seen.Enqueue(int.Parse(record.Value)), () => seen.Count == 1);
        Assert.Equal([1], seen);
    }

    [Fact]
    public async Task Consumer_lag_is_reported_as_a_metric()
    {
        await Transport.PublishAsync([.. Enumerable.Range(0, 3).Select(number => Record("key", number))], CancellationToken.None);
        var work = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var consuming = Transport.ConsumeAsync(Group, [Topic], (_, _) => work.Task, stop.Token);

        await Eventually.HoldsAsync(() => Task.FromResult(EventLagReading.Of(Group) >= 3), "what waits is not shown");
        work.SetResult();
        await Eventually.HoldsAsync(() => Task.FromResult(EventLagReading.Of(Group) < 3), "what does not wait is shown");

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
        Assert.Null(EventLagReading.Of(Group));
    }

    internal EventRecord Record(string key, int number) => new(Topic, $"{Topic}/{key}", number.ToString(), TraceParent: null);

    internal Task ConsumeUntilAsync(Action<EventRecord> handle, Func<bool> enough, string? group = null) =>
        ConsumeUntilAsync(handle, () => Task.FromResult(enough()), group);

    internal async Task ConsumeUntilAsync(Action<EventRecord> handle, Func<Task<bool>> enough, string? group = null)
    {
        using var stop = new CancellationTokenSource();
        var consuming = Transport.ConsumeAsync(
            group ?? Group,
            [Topic],
            (record, _) =>
            {
                handle(record);
                return Task.CompletedTask;
            },
            stop.Token
        );

        await Eventually.HoldsAsync(enough, "not everything was consumed");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
    }
}
