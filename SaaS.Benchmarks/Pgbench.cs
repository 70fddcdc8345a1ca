using System.Globalization;
using System.Text.RegularExpressions;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>Runs pgbench, which shows the throughput of the server for a client with almost no overhead.</summary>
internal static partial class Pgbench
{
    /// <summary>Runs a script repeatedly as the superuser, on several connections.</summary>
    /// <param name="script">A pgbench script; <c>\;</c> combines statements into one request.</param>
    /// <returns>Transactions per second, without connection time.</returns>
    /// <exception cref="LocalServiceException">pgbench is not installed, or the script fails.</exception>
    internal static async Task<double> PerSecondAsync(
        SystemUnderMeasurement system,
        string database,
        string script,
        int clients,
        TimeSpan duration,
        CancellationToken ct
    )
    {
        var (server, program) = (system.Postgres, system.Postgres.Binaries.Pgbench);
        if (!File.Exists(program))
        {
            throw new LocalServiceException(
                $"{program} does not exist: install PostgreSQL with its client programs (on Debian: apt-get install postgresql)."
            );
        }

        var file = Path.Combine(system.Scratch, "pgbench.sql");
        await File.WriteAllTextAsync(file, script, ct);
        var printed = await ShortCommand.RunAsync(
            program,
            [
                "--no-vacuum",
                "--file",
                file,
                "--client",
                Number(clients),
                "--jobs",
                Number(Math.Min(clients, Environment.ProcessorCount)),
                "--time",
                Number((int)duration.TotalSeconds),
                "--host",
                server.Host,
                "--port",
                Number(server.Port),
                "--username",
                "postgres",
                database,
            ],
            system.Scratch,
            ct,
            new Dictionary<string, string?> { ["PGPASSWORD"] = server.Password }
        );
        return double.Parse(TransactionsPerSecond().Match(printed).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    // "tps = 1028.447219 (without initial connection time)"
    [GeneratedRegex(@"^tps = ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex TransactionsPerSecond();
}
