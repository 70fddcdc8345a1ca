using System.Globalization;

namespace SaaS.Infrastructure.Redis;

/// <summary>The number of free failures, and the growth of the delay after them.</summary>
/// <param name="Free">Failures without a delay; also the number of attempts that may run at once.</param>
/// <param name="InitialDelay">The delay after the first failure that is not free; each further failure doubles it.</param>
/// <param name="MaxDelay">The largest delay, so that a user is never locked out permanently.</param>
public sealed record AttemptLimit(int Free, TimeSpan InitialDelay, TimeSpan MaxDelay);

/// <summary>
/// The stored state of one counter: <c>failures;not before;id:until,id:until,</c> with times in Unix milliseconds. An attempt in progress
/// takes one of the free failures until its outcome is known; the script of <see cref="AttemptCounters"/> does the same in Redis.
/// </summary>
/// <param name="Failures">The number of failed attempts.</param>
/// <param name="NotBefore">When the next attempt may begin.</param>
/// <param name="Running">The attempts in progress, and when each one expires, because its process may have been killed.</param>
internal sealed record AttemptState(int Failures, long NotBefore, IReadOnlyDictionary<string, long> Running)
{
    public const int MaxDoublings = 30;

    private static readonly AttemptState None = new(0, 0, new Dictionary<string, long>());

    public TimeSpan PauseAt(long now) => TimeSpan.FromMilliseconds(Math.Max(NotBefore - now, 0));

    public bool IsBusy(AttemptLimit limit) => Running.Count >= Math.Max(limit.Free - Failures, 1);

    public AttemptState Without(string id) => this with { Running = Running.Where(one => one.Key != id).ToDictionary() };

    public AttemptState Begin(string id, long until) => this with { Running = new Dictionary<string, long>(Running) { [id] = until } };

    public AttemptState End(string id, AttemptOutcome outcome, AttemptLimit limit, long now)
    {
        var ended = Without(id);
        return outcome switch
        {
            AttemptOutcome.Failed when Failures + 1 < limit.Free => ended with { Failures = Failures + 1 },
            AttemptOutcome.Failed => ended with
            {
                Failures = Failures + 1,
                NotBefore = Math.Max(NotBefore, now + PauseAfter(Failures + 1, limit)),
            },
            AttemptOutcome.Reset => ended with { Failures = 0, NotBefore = 0 },
            AttemptOutcome.Discarded => ended,
        };
    }

    public static AttemptState Parse(string? text, long now) =>
        text?.Split(';') is [var failures, var notBefore, var running]
        && int.TryParse(failures, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && long.TryParse(notBefore, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? new AttemptState(count, milliseconds, RunningIn(running, now))
            : None;

    /// <returns>Null when there is nothing to store.</returns>
    public string? Serialize() =>
        Failures == 0 && NotBefore == 0 && Running.Count == 0
            ? null
            : $"{Failures.ToString(CultureInfo.InvariantCulture)};{NotBefore.ToString(CultureInfo.InvariantCulture)};{RunningText()}";

    private string RunningText() =>
        string.Concat(Running.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}:{one.Value},")));

    private static Dictionary<string, long> RunningIn(string text, long now)
    {
        var running = new Dictionary<string, long>();
        foreach (var one in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (
                one.Split(':') is [var id, var until]
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds > now
            )
            {
                running[id] = milliseconds;
            }
        }

        return running;
    }

    private static long PauseAfter(int failures, AttemptLimit limit)
    {
        var pause = limit.InitialDelay * Math.Pow(2, Math.Min(failures - limit.Free, MaxDoublings));
        return (long)(pause < limit.MaxDelay ? pause : limit.MaxDelay).TotalMilliseconds;
    }
}
