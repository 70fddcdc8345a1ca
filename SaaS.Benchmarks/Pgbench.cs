using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>PostgreSQL's own program for load: what the server can do for a client that costs next to nothing.</summary>
internal static partial class Pgbench
{
    /// <summary>Runs a script again and again, as the superuser, from so many connections.</summary>
    /// <param name="script">In pgbench's language: what stands before a <c>\;</c> is sent together with what follows.</param>
    /// <returns>Transactions per second, without the time that connecting took.</returns>
    /// <exception cref="LocalServiceException">It is not there, or the script fails.</exception>
    internal static async Task<double> PerSecondAsync(SystemUnderMeasurement system, string database, string script, int clients, TimeSpan duration, CancellationToken ct)
    {
        var (server, program) = (system.Postgres, system.Postgres.Binaries.Pgbench);
        if (!File.Exists(program))
        {
            throw new LocalServiceException($"{program} is not there: install PostgreSQL with its programs for clients (on Debian: apt-get install postgresql).");
        }

        var file = Path.Combine(system.Scratch, "pgbench.sql");
        await File.WriteAllTextAsync(file, script, ct);
        var printed = await ShortCommand.RunAsync(
            program,
            [
                "--no-vacuum", "--file", file, "--client", Number(clients), "--jobs", Number(Math.Min(clients, Environment.ProcessorCount)), "--time", Number((int)duration.TotalSeconds),
                "--host", server.Host, "--port", Number(server.Port), "--username", "postgres", database,
            ],
            system.Scratch,
            ct,
            new Dictionary<string, string?> { ["PGPASSWORD"] = server.Password });
        return double.Parse(TransactionsPerSecond().Match(printed).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    // "tps = 1028.447219 (without initial connection time)"
    [GeneratedRegex(@"^tps = ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex TransactionsPerSecond();
}
