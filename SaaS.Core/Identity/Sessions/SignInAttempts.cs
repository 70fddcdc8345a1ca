using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Redis;

namespace SaaS.Core.Identity.Sessions;

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
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long attempts are remembered after the last one.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Memory { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>
/// Makes guessing slow without handing anybody a way to lock others out: pauses grow and end, and a place from which an
/// account has signed in lately waits only for what came from that place. An attempt counts while it runs, so that a thousand at once
/// are a thousand, and stays counted only where a password was compared and was wrong. Where those that run could use up what is free,
/// the next waits for their outcome and is not refused: right passwords hold nobody up for longer than they take.
/// </summary>
internal sealed class SignInAttempts(AttemptCounters counters, IOptions<SignInOptions> options, TimeProvider clock)
{
    private const int All = 3;

    private static readonly Problem TooMany = new(ProblemKind.TooMany, "TOO_MANY_ATTEMPTS", "Too many attempts; wait before you try again");

    /// <summary>How long an attempt waits for the outcome of others.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(160);

    /// <summary>For the API's description.</summary>
    public static Problem Refusal => TooMany;

    /// <param name="account">The account's address, whether there is one or not; it is not kept readable.</param>
    /// <param name="isKnownHere">Whether the account has signed in from this place lately; asked only when it matters.</param>
    /// <returns>The attempt, which is taken back unless it is told its outcome; or the refusal, with the time to wait.</returns>
    public async Task<Result<SignInAttempt>> BeginAsync(
        EmailAddress account, ClientDevice device, Func<Task<bool>> isKnownHere, CancellationToken ct)
    {
        var (began, id) = (clock.GetTimestamp(), Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
        var (own, deciding, delay) = (CountersOf(account, device), All, FirstDelay);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var (hasBegun, found) = await counters.BeginAsync(id, own, deciding, options.Value.Memory);
            if (hasBegun)
            {
                return new SignInAttempt(counters, id, own, options.Value.Memory);
            }

            if (deciding == All && found[0].IsOpen && await isKnownHere())
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
                return HttpProblems.Unavailable; // nothing was tried, and nobody has guessed wrong
            }

            await Task.Delay(delay, clock, ct);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    /// <summary>Forgets the failures of an account whose owner has proved themselves in another way; the place's stay.</summary>
    public Task ForgetAsync(EmailAddress account, ClientDevice device)
    {
        var ofAccount = CountersOf(account, device).Take(All - 1);
        return counters.EndAsync(id: "", [.. ofAccount.Select(counter => (counter, AttemptOutcome.Reset))], options.Value.Memory);
    }

    private AttemptCounter[] CountersOf(EmailAddress account, ClientDevice device)
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

/// <summary>A password that is being compared. Disposed of without an outcome, by an exception or a client that leaves, it was never tried.</summary>
internal sealed class SignInAttempt(AttemptCounters counters, string id, IReadOnlyList<AttemptCounter> own, TimeSpan memory)
    : IAsyncDisposable
{
    private bool _hasEnded;

    /// <summary>The password was right: the account's counters start anew.</summary>
    /// <remarks>The place's does not, or whoever has one account could guess at others for ever.</remarks>
    public Task SucceedAsync() => EndAsync(AttemptOutcome.Reset, AttemptOutcome.Reset, AttemptOutcome.TakenBack);

    /// <summary>The password was compared, and was wrong.</summary>
    public Task FailAsync() => EndAsync(AttemptOutcome.Failed, AttemptOutcome.Failed, AttemptOutcome.Failed);

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
        {
            await EndAsync(AttemptOutcome.TakenBack, AttemptOutcome.TakenBack, AttemptOutcome.TakenBack);
        }
    }

    private Task EndAsync(params AttemptOutcome[] outcomes)
    {
        _hasEnded = true;
        return counters.EndAsync(id, [.. own.Zip(outcomes)], memory);
    }
}
