using System.Globalization;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>The outcome of an attempt for one counter.</summary>
public enum AttemptOutcome
{
    /// <summary>The attempt was not made, or has no meaning: it is removed as if it had not begun.</summary>
    Discarded,

    /// <summary>The attempt was made and failed.</summary>
    Failed,

    /// <summary>The attempt succeeded, and clears all failures before it.</summary>
    Reset,
}

/// <summary>One of the counters of an attempt.</summary>
public sealed record AttemptCounter(string Key, AttemptLimit Limit);

/// <summary>The state of one counter for another attempt.</summary>
/// <param name="Pause">The time until the next attempt may begin.</param>
/// <param name="IsBusy">
/// True when the attempts in progress could use up all free failures, so that another one must wait for their outcome.
/// </param>
public readonly record struct AttemptAdmission(TimeSpan Pause, bool IsBusy)
{
    public bool IsOpen => Pause == TimeSpan.Zero && !IsBusy;
}

/// <summary>
/// Counts failed attempts across all replicas; one Redis script decides over all counters of an attempt, so that concurrent attempts cannot
/// exceed a limit. While Redis is unavailable each process counts in memory, from the last known state.
/// </summary>
public sealed class AttemptCounters(RedisCalls redis, TimeProvider clock)
{
    /// <summary>In milliseconds; after this time an attempt without an outcome counts as ended.</summary>
    private const long MaxDuration = 30_000;

    private const int MaxOwnValues = 10_000;

    // Shared by both scripts: a counter's failures, pause and attempts in progress, without the named one.
    private const string Read = """
        local now, id, ttl = tonumber(ARGV[1]), ARGV[2], ARGV[3]
        local function read(key, but)
            local failures, before, running = string.match(redis.call('GET', key) or '', '^(%d+);(%d+);(.*)$')
            local live, count = '', 0
            for one, ends in string.gmatch(running or '', '([^:,]+):(%d+)') do
                if tonumber(ends) > now and one ~= but then
                    live, count = live .. one .. ':' .. ends .. ',', count + 1
                end
            end
            return tonumber(failures or '0'), tonumber(before or '0'), live, count
        end
        local function write(key, failures, before, live)
            if failures == 0 and before == 0 and live == '' then
                redis.call('DEL', key)
                return ''
            end
            local value = string.format('%.0f;%.0f;', failures, before) .. live
            redis.call('SET', key, value, 'PX', ttl)
            return value
        end

        """;

    private const string Begin =
        Read
        + """
            local deciding, ends, begins = tonumber(ARGV[4]), ARGV[5], '1'
            local failures, before, live, answer = {}, {}, {}, {}
            for i = 1, #KEYS do
                local count
                failures[i], before[i], live[i], count = read(KEYS[i], id)
                local pause, busy = math.max(before[i] - now, 0), '0'
                if count >= math.max(tonumber(ARGV[5 + i]) - failures[i], 1) then busy = '1' end
                if i <= deciding and (pause > 0 or busy == '1') then begins = '0' end
                answer[3 * i - 1], answer[3 * i], answer[3 * i + 1] = string.format('%.0f', pause), busy, ''
            end
            answer[1] = begins
            if begins == '1' then
                for i = 1, #KEYS do
                    answer[3 * i + 1] = write(KEYS[i], failures[i], before[i], live[i] .. id .. ':' .. ends .. ',')
                end
            end
            return answer
            """;

    private const string End =
        Read
        + """
            local answer = {}
            for i = 1, #KEYS do
                local outcome, free = ARGV[4 * i], tonumber(ARGV[4 * i + 1])
                local first, longest = tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
                local failures, before, live = read(KEYS[i], id)
                if outcome == 'Reset' then
                    failures, before = 0, 0
                elseif outcome == 'Failed' then
                    failures = failures + 1
                    if failures >= free then
                        before = math.max(before, now + math.min(first * 2 ^ math.min(failures - free, 30), longest))
                    end
                end
                answer[i] = write(KEYS[i], failures, before, live)
            end
            return answer
            """;

    private readonly Dictionary<string, (string Value, DateTimeOffset Until)> _own = [];

    /// <summary>Begins an attempt in all its counters, or in none.</summary>
    /// <param name="id">Identifies the attempt until it ends.</param>
    /// <param name="deciding">The number of counters, from the first on, that can block the attempt; the others only count it.</param>
    /// <param name="memory">How long a counter is kept after the last write.</param>
    /// <returns>True when the attempt has begun, and the state of the counters.</returns>
    public async Task<(bool HasBegun, IReadOnlyList<AttemptAdmission> Counters)> BeginAsync(
        string id,
        IReadOnlyList<AttemptCounter> counters,
        int deciding,
        TimeSpan memory
    )
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            var answer = (string[])
                (
                    await redis.RunAsync(database =>
                        database.ScriptEvaluateAsync(
                            Begin,
                            [.. counters.Select(counter => (RedisKey)counter.Key)],
                            [
                                now,
                                id,
                                Milliseconds(memory),
                                deciding,
                                now + MaxDuration,
                                .. counters.Select(counter => (RedisValue)counter.Limit.Free),
                            ]
                        )
                    )
                )!;
            var has = answer[0] == "1";
            if (has)
            {
                StoreLocally([.. counters.Select((counter, i) => (counter.Key, (string?)answer[(3 * i) + 3]))], memory);
            }

            return (has, [.. counters.Select((_, i) => AdmissionIn(answer.AsSpan((3 * i) + 1, 2)))]);
        }
        catch (RedisUnavailableException)
        {
            return BeginLocally(id, counters, deciding, memory, now);
        }
    }

    /// <summary>Ends an attempt, or clears counters with <see cref="AttemptOutcome.Reset"/>.</summary>
    /// <remarks>Not cancellable, because an outcome must be counted.</remarks>
    public async Task EndAsync(string id, IReadOnlyList<(AttemptCounter Counter, AttemptOutcome Outcome)> counters, TimeSpan memory)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            var answer = (string[])
                (
                    await redis.RunAsync(database =>
                        database.ScriptEvaluateAsync(
                            End,
                            [.. counters.Select(one => (RedisKey)one.Counter.Key)],
                            [now, id, Milliseconds(memory), .. counters.SelectMany(one => ArgumentsOf(one.Counter.Limit, one.Outcome))]
                        )
                    )
                )!;
            StoreLocally([.. counters.Select((one, i) => (one.Counter.Key, (string?)answer[i]))], memory);
        }
        catch (RedisUnavailableException)
        {
            lock (_own)
            {
                var states = counters.Select(one => ReadLocal(one.Counter.Key, now).End(id, one.Outcome, one.Counter.Limit, now));
                StoreLocally([.. counters.Zip(states, (one, state) => (one.Counter.Key, state.Serialize()))], memory);
            }
        }
    }

    private static RedisValue[] ArgumentsOf(AttemptLimit limit, AttemptOutcome outcome) =>
        [$"{outcome}", limit.Free, Milliseconds(limit.InitialDelay), Milliseconds(limit.MaxDelay)];

    private static AttemptAdmission AdmissionIn(ReadOnlySpan<string> answer) =>
        new(TimeSpan.FromMilliseconds(long.Parse(answer[0], CultureInfo.InvariantCulture)), answer[1] == "1");

    private (bool HasBegun, IReadOnlyList<AttemptAdmission> Counters) BeginLocally(
        string id,
        IReadOnlyList<AttemptCounter> counters,
        int deciding,
        TimeSpan memory,
        long now
    )
    {
        lock (_own)
        {
            var states = counters.Select(counter => ReadLocal(counter.Key, now).Without(id)).ToList();
            var admissions = states
                .Zip(counters, (state, counter) => new AttemptAdmission(state.PauseAt(now), state.IsBusy(counter.Limit)))
                .ToList();
            var begins = admissions.Take(deciding).All(admission => admission.IsOpen);
            if (begins)
            {
                StoreLocally(
                    [.. states.Zip(counters, (state, counter) => (counter.Key, state.Begin(id, now + MaxDuration).Serialize()))],
                    memory
                );
            }

            return (begins, admissions);
        }
    }

    private AttemptState ReadLocal(string key, long now) =>
        AttemptState.Parse(_own.TryGetValue(key, out var own) && own.Until > clock.GetUtcNow() ? own.Value : null, now);

    // Mirrors the state in Redis, so that a process continues from there when Redis becomes unavailable.
    private void StoreLocally((string Key, string? Value)[] values, TimeSpan memory)
    {
        lock (_own)
        {
            if (_own.Count > MaxOwnValues)
            {
                foreach (var key in _own.OrderBy(entry => entry.Value.Until).Take(MaxOwnValues / 2).Select(entry => entry.Key).ToList())
                {
                    _own.Remove(key); // the next to expire, to bound the memory
                }
            }

            foreach (var (key, value) in values)
            {
                if (string.IsNullOrEmpty(value))
                {
                    _own.Remove(key);
                }
                else
                {
                    _own[key] = (value, clock.GetUtcNow() + memory);
                }
            }
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
