using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SaaS.Platform.Http;
using SaaS.Platform.Redis;

namespace SaaS.Core.Sessions;

/// <summary>How often passwords may be guessed.</summary>
public sealed class SignInOptions
{
    /// <summary>Wrong passwords for one account from one place that cost no pause.</summary>
    [Range(1, 1000)]
    public int FreeAttempts { get; init; } = 5;

    /// <summary>The same for one account from everywhere.</summary>
    [Range(1, 100_000)]
    public int FreeAttemptsPerAccount { get; init; } = 20;

    /// <summary>The same from one place for all accounts: an office may share one address.</summary>
    [Range(1, 100_000)]
    public int FreeAttemptsPerAddress { get; init; } = 100;

    /// <summary>The first pause; each further wrong password doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long attempts are remembered after the last one.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Memory { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>
/// Makes guessing slow without handing anybody a way to lock others out: pauses grow and end, and a place from which an
/// account has signed in lately waits only for what came from that place. An attempt is counted before it is tried and
/// taken back when it succeeds, so that a thousand at once are a thousand.
/// </summary>
internal sealed class SignInAttempts(SharedState shared, IOptions<SignInOptions> options, TimeProvider clock)
{
    private static readonly Problem TooMany = new(ProblemKind.TooMany, "TOO_MANY_ATTEMPTS", "Too many attempts; wait before you try again");

    /// <summary>For the API's description.</summary>
    public static Problem Refusal => TooMany;

    private AttemptLimit[] Limits =>
    [
        Limit(options.Value.FreeAttempts),
        Limit(options.Value.FreeAttemptsPerAccount),
        Limit(options.Value.FreeAttemptsPerAddress),
    ];

    /// <param name="account">Whatever names the account; it is not kept readable.</param>
    /// <param name="isKnownHere">Whether the account has signed in from this place lately; asked only when it matters.</param>
    /// <returns>Null when the attempt may be tried; else the refusal, with the time to wait.</returns>
    public async Task<Problem?> BeginAsync(string account, ClientDevice device, Func<Task<bool>> isKnownHere, CancellationToken ct)
    {
        var wait = await CountAsync(account, device, countsEverywhere: true, ct);
        if (wait.Everywhere > TimeSpan.Zero && wait.Here <= TimeSpan.Zero && await isKnownHere())
        {
            wait = await CountAsync(account, device, countsEverywhere: false, ct);
        }

        var longest = wait.Here > wait.Everywhere ? wait.Here : wait.Everywhere;
        return longest > TimeSpan.Zero ? TooMany with { RetryAfter = longest } : null;
    }

    /// <summary>Takes an attempt back that proved the password.</summary>
    public Task SucceedAsync(string account, ClientDevice device, CancellationToken ct) =>
        shared.ChangeAsync(KeysOf(account, device), before =>
        {
            // The account's counters start anew. The place's does not: or whoever has one account could guess at others for ever.
            string?[] after = [null, null, AttemptCount.Read(before[2]).TakeBack(Limits[2]).Write()];
            return (after, true);
        }, options.Value.Memory, ct);

    private Task<(TimeSpan Here, TimeSpan Everywhere)> CountAsync(string account, ClientDevice device, bool countsEverywhere, CancellationToken ct) =>
        shared.ChangeAsync(KeysOf(account, device), before =>
        {
            var now = clock.GetUtcNow();
            var counts = before.Select(AttemptCount.Read).ToArray();
            var here = counts[0].WaitAt(now);
            var everywhere = countsEverywhere ? Max(counts[1].WaitAt(now), counts[2].WaitAt(now)) : TimeSpan.Zero;

            // What has to wait was not tried, and counts for nothing.
            return here > TimeSpan.Zero || everywhere > TimeSpan.Zero
                ? (before, (here, everywhere))
                : ([.. counts.Zip(Limits, (count, limit) => count.Begin(limit, now).Write())], (TimeSpan.Zero, TimeSpan.Zero));
        }, options.Value.Memory, ct);

    private AttemptLimit Limit(int free) => new(free, options.Value.FirstPause, options.Value.LongestPause);

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string[] KeysOf(string account, ClientDevice device)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(account)))[..32];
        return [$"attempts:{name}:{device.Place}", $"attempts:{name}", $"attempts:place:{device.Place}"];
    }
}
