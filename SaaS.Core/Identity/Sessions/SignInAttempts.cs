using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Redis;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Limits on password guessing.</summary>
public sealed class SignInOptions
{
    /// <summary>Wrong passwords for one account from one place before attempts are delayed.</summary>
    [Range(1, 1000)]
    public int FreeAttempts { get; init; } = 5;

    /// <summary>Wrong passwords for one account from all places before attempts are delayed.</summary>
    [Range(1, 100_000)]
    public int FreeAttemptsPerAccount { get; init; } = 20;

    /// <summary>Wrong passwords for all accounts from one place before attempts are delayed; an office may share one address.</summary>
    [Range(1, 100_000)]
    public int FreeAttemptsPerAddress { get; init; } = 100;

    /// <summary>The first delay; each further wrong password doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time after the last attempt for which attempts are counted.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Memory { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>
/// Slows down password guessing with growing delays. The owner cannot be locked out: a place from which the account signed in
/// recently is delayed only by attempts from that place.
/// </summary>
/// <remarks>
/// An attempt counts while it runs, so that concurrent attempts are limited too, and stays counted only when the password was wrong.
/// When running attempts could use up the limit, the next one waits for their outcome instead of being rejected, so that correct
/// passwords delay others only while they are compared.
/// </remarks>
internal sealed class SignInAttempts(AttemptCounters counters, IOptions<SignInOptions> options, TimeProvider clock)
{
    private const int CounterCount = 3;

    private static readonly Problem TooMany = new(ProblemKind.TooMany, "TOO_MANY_ATTEMPTS", "Too many attempts; wait before you try again");

    /// <summary>The maximum time that an attempt waits for the outcome of others.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(160);

    /// <summary>The problem to declare in OpenAPI.</summary>
    public static Problem TooManyAttempts => TooMany;

    /// <param name="account">The address of the account, which need not exist; stored only as a hash.</param>
    /// <param name="isKnownHere">Returns true when the account signed in from this place recently; called only when needed.</param>
    /// <returns>The attempt, which is cancelled unless an outcome is recorded; or the problem, with the time to wait.</returns>
    public async Task<Result<SignInAttempt>> BeginAsync(
        EmailAddress account,
        ClientDevice device,
        Func<Task<bool>> isKnownHere,
        CancellationToken ct
    )
    {
        var (began, id) = (clock.GetTimestamp(), Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        var (own, deciding, delay) = (GetCounters(account, device), CounterCount, FirstDelay);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var (hasBegun, found) = await counters.BeginAsync(id, own, deciding, options.Value.Memory);
            if (hasBegun)
            {
                return new SignInAttempt(counters, id, own, options.Value.Memory);
            }

            if (deciding == CounterCount && found[0].IsOpen && await isKnownHere())
            {
                deciding = 1;
                continue;
            }

            if (found.Take(deciding).Max(counter => counter.Pause) is var pause && pause > TimeSpan.Zero)
            {
                return TooMany with { RetryAfter = pause };
            }

            if (clock.GetElapsedTime(began) >= LongestWait)
            {
                return HttpProblems.Unavailable; // no password was compared, so this is not a failed attempt
            }

            await Task.Delay(delay, clock, ct);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    /// <summary>Resets the failures of an account whose owner has authenticated in another way; those of the place remain.</summary>
    public Task ResetAsync(EmailAddress account, ClientDevice device)
    {
        var ofAccount = GetCounters(account, device).Take(CounterCount - 1);
        return counters.EndAsync(id: "", [.. ofAccount.Select(counter => (counter, AttemptOutcome.Reset))], options.Value.Memory);
    }

    private AttemptCounter[] GetCounters(EmailAddress account, ClientDevice device)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(account.Value)))[..32];
        return
        [
            new AttemptCounter($"attempts:{name}:{device.Place}", Limit(options.Value.FreeAttempts)),
            new AttemptCounter($"attempts:{name}", Limit(options.Value.FreeAttemptsPerAccount)),
            new AttemptCounter($"attempts:place:{device.Place}", Limit(options.Value.FreeAttemptsPerAddress)),
        ];
    }

    private AttemptLimit Limit(int free) => new(free, options.Value.InitialDelay, options.Value.MaxDelay);
}

/// <summary>
/// A password check in progress. Disposing it without an outcome, after an exception or a disconnect, cancels the attempt.
/// </summary>
internal sealed class SignInAttempt(AttemptCounters counters, string id, IReadOnlyList<AttemptCounter> own, TimeSpan memory)
    : IAsyncDisposable
{
    private bool _hasEnded;

    /// <summary>Records a correct password, which resets the counters of the account.</summary>
    /// <remarks>The counter of the place is not reset, or an attacker with one account could guess at others indefinitely.</remarks>
    public Task RecordSuccessAsync() => EndAsync(AttemptOutcome.Reset, AttemptOutcome.Reset, AttemptOutcome.Discarded);

    /// <summary>Records a wrong password.</summary>
    public Task RecordFailureAsync() => EndAsync(AttemptOutcome.Failed, AttemptOutcome.Failed, AttemptOutcome.Failed);

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
        {
            await EndAsync(AttemptOutcome.Discarded, AttemptOutcome.Discarded, AttemptOutcome.Discarded);
        }
    }

    private Task EndAsync(params AttemptOutcome[] outcomes)
    {
        _hasEnded = true;
        return counters.EndAsync(id, [.. own.Zip(outcomes)], memory);
    }
}
