using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Benchmarks;

/// <summary>
/// Sign-ins per second against a loop that does nothing but bcrypt of the same cost by the C library, with as many threads as there are clients: everything
/// around the check (HTTP, the session's row, the audit entry, the tokens, waiting for a place) has to fit into what is left.
/// </summary>
internal static class Logins
{
    private const int WorkFactor = 12; // PasswordOptions' default, which the API runs with
    private const string Setting = "$2a$12$abcdefghijklmnopqrstuu";
    private const int Many = 16;
    private const int WorkspaceSize = 32_768;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <summary>At seven sign-ins a second it takes a while until what they run through is compiled for good.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    internal static readonly Figure Figure = Create("logins", Many);

    internal static readonly Figure OfOneClient = Create("logins-of-one", clients: 1);

    private static Figure Create(string name, int clients) => new(
        name,
        $"sign-ins of {clients} clients ÷ a loop of the C library's bcrypt of cost {WorkFactor} in as many threads",
        "logins/s",
        Goal.AtLeast(1),
        (system, ct) => MeasureAsync(clients, system, ct));

    private static async Task<Measured> MeasureAsync(int clients, SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var accounts = await Account.RegisterAsync(clients, http, system.Api, ct);

        await SignInAsync(WarmUp);

        return await Rounds.InterleaveAsync(
            ours: _ => SignInAsync(Duration),
            anchor: token => HashAsync(clients, token),
            system,
            ct);

        Task<double> SignInAsync(TimeSpan duration) => Load.ThroughputAsync(http, clients, client => accounts[client].SignIn(), duration, ct);
    }

    private static async Task<double> HashAsync(int threads, CancellationToken ct)
    {
        var done = new ConcurrentQueue<TimeSpan>();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(HashInTurn, ct, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return done.Count / done.Max().TotalSeconds; // from the beginning: threads that share a core end their hashes in bunches, and the first of them late

        void HashInTurn()
        {
            var workspace = GC.AllocateArray<byte>(WorkspaceSize, pinned: true);
            while (Stopwatch.GetElapsedTime(began) < Duration)
            {
                if (Crypt(Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes("Engine1843"))), Setting, workspace, workspace.Length) == 0)
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
