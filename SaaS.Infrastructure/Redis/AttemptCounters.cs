using System.Globalization;
using StackExchange.Redis;

namespace SaaS.Infrastructure.Redis;

/// <summary>What an attempt means to one counter when it ends.</summary>
public enum AttemptOutcome
{
    /// <summary>It was not tried, or says nothing: as if it had not begun.</summary>
    TakenBack,

    /// <summary>It was tried and failed.</summary>
    Failed,

    /// <summary>It succeeded, and all failures before it are forgotten.</summary>
    Reset,
}

/// <summary>One of the counters that an attempt belongs to.</summary>
public sealed record AttemptCounter(string Key, AttemptLimit Limit);

/// <summary>How one counter stands to another attempt.</summary>
/// <param name="Pause">Until the next attempt may begin.</param>
/// <param name="IsBusy">So many attempts run that all of them may fail: another one waits for their outcome.</param>
public readonly record struct AttemptAdmission(TimeSpan Pause, bool IsBusy)
{
    public bool IsOpen => Pause == TimeSpan.Zero && !IsBusy;
}

/// <summary>
/// Counters of failed attempts that all replicas share, and that no attempt can run past, however many begin at once: one script in
/// Redis decides over all counters of an attempt. While Redis is away each process counts in its own memory, from where Redis last stood.
/// </summary>
public sealed class AttemptCounters(RedisCalls redis, TimeProvider clock)
{
    /// <summary>After so long an attempt that has told no outcome is taken to be over.</summary>
    private const long LongestRun = 30_000;

    private const int MaxOwnValues = 10_000;

    // What both begin with: a counter's failures, pause and attempts that still run, without the one that is named.
    private const string Read =
        """
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

    private const string Begin = Read +
        """
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

    private const string End = Read +
        """
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
    /// <param name="id">Names the attempt until it ends.</param>
    /// <param name="deciding">How many of the counters, from the first on, may hold it up; the others count it all the same.</param>
    /// <param name="memory">How long a counter is kept after it was last written.</param>
    /// <returns>Whether it has begun, and how the counters stood.</returns>
    public async Task<(bool HasBegun, IReadOnlyList<AttemptAdmission> Counters)> BeginAsync(
        string id, IReadOnlyList<AttemptCounter> counters, int deciding, TimeSpan memory)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            var answer = (string[])(await redis.RunAsync(database => database.ScriptEvaluateAsync(
                Begin,
                [.. counters.Select(counter => (RedisKey)counter.Key)],
                [
                    now, id, Milliseconds(memory), deciding, now + LongestRun,
                    .. counters.Select(counter => (RedisValue)counter.Limit.Free),
                ])))!;
            var has = answer[0] == "1";
            if (has)
            {
                Remember([.. counters.Select((counter, i) => (counter.Key, (string?)answer[(3 * i) + 3]))], memory);
            }

            return (has, [.. counters.Select((_, i) => AdmissionIn(answer.AsSpan((3 * i) + 1, 2)))]);
        }
        catch (RedisUnavailableException)
        {
            return BeginInOwnMemory(id, counters, deciding, memory, now);
        }
    }

    /// <summary>Ends an attempt, or with <see cref="AttemptOutcome.Reset"/> clears counters that none has begun in.</summary>
    /// <remarks>It is not to be cancelled: what has an outcome has to be counted.</remarks>
    public async Task EndAsync(string id, IReadOnlyList<(AttemptCounter Counter, AttemptOutcome Outcome)> counters, TimeSpan memory)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            var answer = (string[])(await redis.RunAsync(database => database.ScriptEvaluateAsync(
                End,
                [.. counters.Select(one => (RedisKey)one.Counter.Key)],
                [now, id, Milliseconds(memory), .. counters.SelectMany(one => ArgumentsOf(one.Counter.Limit, one.Outcome))])))!;
            Remember([.. counters.Select((one, i) => (one.Counter.Key, (string?)answer[i]))], memory);
        }
        catch (RedisUnavailableException)
        {
            lock (_own)
            {
                var states = counters.Select(one => ReadOwn(one.Counter.Key, now).End(id, one.Outcome, one.Counter.Limit, now));
                Remember([.. counters.Zip(states, (one, state) => (one.Counter.Key, state.Write()))], memory);
            }
        }
    }

    private static RedisValue[] ArgumentsOf(AttemptLimit limit, AttemptOutcome outcome) =>
        [$"{outcome}", limit.Free, Milliseconds(limit.InitialDelay), Milliseconds(limit.MaxDelay)];

    private static AttemptAdmission AdmissionIn(ReadOnlySpan<string> answer) =>
        new(TimeSpan.FromMilliseconds(long.Parse(answer[0], CultureInfo.InvariantCulture)), answer[1] == "1");

    private (bool HasBegun, IReadOnlyList<AttemptAdmission> Counters) BeginInOwnMemory(
        string id, IReadOnlyList<AttemptCounter> counters, int deciding, TimeSpan memory, long now)
    {
        lock (_own)
        {
            var states = counters.Select(counter => ReadOwn(counter.Key, now).Without(id)).ToList();
            var admissions = states.Zip(counters, (state, counter) => new AttemptAdmission(state.PauseAt(now), state.IsBusy(counter.Limit))).ToList();
            var begins = admissions.Take(deciding).All(admission => admission.IsOpen);
            if (begins)
            {
                Remember([.. states.Zip(counters, (state, counter) => (counter.Key, state.Begin(id, now + LongestRun).Write()))], memory);
            }

            return (begins, admissions);
        }
    }

    private AttemptState ReadOwn(string key, long now) =>
        AttemptState.Read(_own.TryGetValue(key, out var own) && own.Until > clock.GetUtcNow() ? own.Value : null, now);

    // What Redis was last told too: if it falls silent, a process goes on from there and not from nothing.
    private void Remember((string Key, string? Value)[] values, TimeSpan memory)
    {
        lock (_own)
        {
            if (_own.Count > MaxOwnValues)
            {
                foreach (var key in _own.OrderBy(entry => entry.Value.Until).Take(MaxOwnValues / 2).Select(entry => entry.Key).ToList())
                {
                    _own.Remove(key); // the nearest to their end; memory has to be bounded
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
