using System.Globalization;

namespace SaaS.Benchmarks.Crashes;

/// <summary>The command-line options of the crash test.</summary>
internal sealed record CrashOptions
{
    internal const string Command = "crash";

    internal const string Usage = $"""
        Writes to many tenants while processes are killed (kill -9), and then verifies every write.

          {Command}
          --transport NAME   postgres, kafka, or both (default). Kafka is KAFKA_BOOTSTRAP_SERVERS if set, otherwise a mock broker
          --tenants N        tenants that are written to concurrently (default: 50)
          --writes N         minimum number of acknowledged writes, over all tenants (default: 20000)
          --kills N          minimum number of kills: the API, one of two workers, Redis, PostgreSQL (default: 20)
          --seed N           seed of the order and time of kills (default: random; it is printed)
          --verbose          show the output of the hosts
          --help             show this help
        Exit codes: 0 every write has exactly one effect, in order; 1 otherwise; 2 invalid arguments; 130 interrupted.
        """;

    public IReadOnlyList<string> Transports { get; private init; } = [CrashSystem.Postgres, CrashSystem.Kafka];

    public int Tenants { get; private init; } = 50;

    public int Writes { get; private init; } = 20_000;

    public int Kills { get; private init; } = 20;

    public int Seed { get; private init; } = Random.Shared.Next();

    public bool Verbose { get; private init; }

    internal static bool TryParse(string[] args, out CrashOptions options)
    {
        CrashOptions? read = new();
        for (var rest = args; rest.Length > 0; rest = rest[(rest[0] is "--verbose" ? 1 : 2)..])
        {
            read = rest switch
            {
                ["--verbose", ..] => read with { Verbose = true },
                ["--transport", "both", ..] => read,
                ["--transport", CrashSystem.Postgres or CrashSystem.Kafka, ..] => read with { Transports = [rest[1]] },
                ["--tenants", var text, ..] when Number(text) is > 0 and <= 1_000 and var tenants => read with { Tenants = tenants },
                ["--writes", var text, ..] when Number(text) is { } writes => read with { Writes = writes },
                ["--kills", var text, ..] when Number(text) is { } kills => read with { Kills = kills },
                ["--seed", var text, ..] when Number(text) is { } seed => read with { Seed = seed },
                _ => null,
            };
            if (read is null)
            {
                break;
            }
        }

        options = read ?? new CrashOptions();
        return read is not null;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
