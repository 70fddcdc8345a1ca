using System.Diagnostics;
using BCrypt.Net;

namespace SaaS.Benchmarks;

/// <summary>
/// Sign-ins per second against what the processors could check if they did nothing else: everything around the check
/// (HTTP, the session's row, the audit entry, the tokens, waiting for a place) has to fit into the rest.
/// </summary>
internal static class Logins
{
    private const int WorkFactor = 12; // PasswordOptions' default, which the API runs with
    private const int Clients = 16;
    private const int Checks = 5;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <summary>At seven sign-ins a second it takes a while until what they run through is compiled for good.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    internal static readonly Figure Figure = new(
        "logins",
        "sign-ins ÷ what all cores could check with bcrypt",
        "logins/s",
        Goal.AtLeast(0.9),
        MeasureAsync);

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var accounts = await Account.RegisterAsync(Clients, http, system.Api, ct);
        var hash = BCrypt.Net.BCrypt.EnhancedHashPassword("Engine1843", HashType.SHA384, WorkFactor);

        await SignInAsync(WarmUp);

        return await Rounds.InterleaveAsync(
            ours: _ => SignInAsync(Duration),
            anchor: token => Task.Run(() => Environment.ProcessorCount / Numbers.Median(Enumerable.Range(0, Checks).Select(_ => TimeOneCheck(hash)).ToList()), token),
            system,
            ct);

        Task<double> SignInAsync(TimeSpan duration) => Load.ThroughputAsync(http, Clients, client => accounts[client].SignIn(), duration, ct);
    }

    private static double TimeOneCheck(string hash)
    {
        var began = Stopwatch.GetTimestamp();
        if (!BCrypt.Net.BCrypt.EnhancedVerify("Engine1843", hash, HashType.SHA384))
        {
            throw new UnreachableException("the right password was refused");
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
