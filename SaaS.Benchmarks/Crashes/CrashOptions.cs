using System.Globalization;

namespace SaaS.Benchmarks.Crashes;

/// <summary>What the command line asks for.</summary>
internal sealed record CrashOptions
{
    internal const string Command = "crash";

    internal const string Usage = $"""
        Writes to many tenants while processes are killed (kill -9), and counts afterwards what became of every write.

          {Command}
          --transport NAME   postgres, kafka, or both (default). Kafka is what KAFKA_BOOTSTRAP_SERVERS names, or a mock broker
          --tenants N        tenants that are written to side by side (default: 50)
          --writes N         acknowledged writes at least, over all tenants (default: 20000)
          --kills N          processes that are killed at least: the API, one of two workers, Redis, PostgreSQL (default: 20)
          --seed N           whom it kills, and when (default: another one each time; it is printed)
          --verbose          show what the hosts say
          --help             this text
        Exit codes: 0 every write has exactly one effect, in order; 1 it has not; 2 not understood; 130 stopped.
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

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
