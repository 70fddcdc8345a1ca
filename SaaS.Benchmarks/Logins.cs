using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Benchmarks;

/// <summary>
/// Sign-ins per second, compared with a loop of bcrypt with the same cost in the C library and as many threads as clients. The ratio
/// shows the cost of everything else: HTTP, session, audit entry, tokens and queueing.
/// </summary>
internal static class Logins
{
    private const int WorkFactor = 12; // the default of PasswordOptions
    private const string Setting = "$2a$12$abcdefghijklmnopqrstuu";
    private const int Many = 16;
    private const int WorkspaceSize = 32_768;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <summary>The warm-up time; at seven sign-ins per second, tiered compilation takes a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    internal static readonly Figure Figure = Create("logins", Many);

    internal static readonly Figure OfOneClient = Create("logins-of-one", clients: 1);

    private static Figure Create(string name, int clients) =>
        new(
            name,
            $"sign-ins of {clients} clients ÷ a loop of the C library's bcrypt of cost {WorkFactor} in as many threads",
            "logins/s",
            Goal.AtLeast(1),
            (system, ct) => MeasureAsync(clients, system, ct)
        );

    private static async Task<Measured> MeasureAsync(int clients, SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var accounts = await Account.RegisterAsync(clients, http, system.Api, ct);

        await SignInAsync(WarmUp);

        return await Rounds.InterleaveAsync(ours: _ => SignInAsync(Duration), anchor: token => HashAsync(clients, token), system, ct);

        Task<double> SignInAsync(TimeSpan duration) =>
            Load.ThroughputAsync(http, clients, client => accounts[client].CreateSignInRequest(), duration, ct);
    }

    private static async Task<double> HashAsync(int threads, CancellationToken ct)
    {
        var done = new ConcurrentQueue<TimeSpan>();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, threads)
                .Select(_ => Task.Factory.StartNew(HashInTurn, ct, TaskCreationOptions.LongRunning, TaskScheduler.Default))
        );

        // Measured from the start, because threads that share a core finish their hashes in bursts, the first of them late.
        return done.Count / done.Max().TotalSeconds;

        void HashInTurn()
        {
            var workspace = GC.AllocateArray<byte>(WorkspaceSize, pinned: true);
            while (Stopwatch.GetElapsedTime(began) < Duration)
            {
                if (
                    Crypt(
                        Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes("Engine1843"))),
                        Setting,
                        workspace,
                        workspace.Length
                    ) == 0
                )
                {
                    throw new UnreachableException("crypt_rn refuses bcrypt");
                }

                done.Enqueue(Stopwatch.GetElapsedTime(began));
            }
        }
    }

    [DllImport("libcrypt.so.1", EntryPoint = "crypt_rn", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern nint Crypt(string phrase, string setting, byte[] workspace, int size);
}
