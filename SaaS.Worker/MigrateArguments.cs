using System.Globalization;
using SaaS.Core.SchemaMigration;

namespace SaaS.Worker;

/// <summary>The arguments of <c>migrate</c>.</summary>
internal sealed record MigrateArguments
{
    public const string Usage = """
        Usage: SaaS.Worker migrate [--tenant ID] [--parallel N] [--dry-run | --history]
          Migrates the control database, the template for new tenants, and every tenant to this version.
          --tenant ID    migrate no other tenant than this one
          --parallel N   number of tenants that are migrated concurrently, 1 to 64 (default 4)
          --dry-run      write nothing; print the SQL that would run, and the tenants that are behind
          --history      write nothing; print each tenant's version, when it was applied, and the result of the last attempt
        Exit codes: 0 success; 1 a tenant failed or does not exist; 2 invalid arguments; 130 stopped (Ctrl-C) before all
        tenants were migrated. The command can be repeated after any of them, and run concurrently.
        """;

    public Guid? Tenant { get; private init; }

    public int Parallel { get; private init; } = MigrationRequest.DefaultParallel;

    public bool IsDryRun { get; private init; }

    public bool IsHistory { get; private init; }

    public bool IsHelp { get; private init; }

    /// <returns>Null when the arguments are invalid; <paramref name="complaint"/> then says why.</returns>
    public static MigrateArguments? TryParse(string[] arguments, out string complaint)
    {
        var parsed = new MigrateArguments();
        complaint = "";
        for (var next = 0; next < arguments.Length; next++)
        {
            var name = arguments[next];
            var value = next + 1 < arguments.Length ? arguments[next + 1] : "";
            switch (name)
            {
                case "--dry-run":
                    parsed = parsed with { IsDryRun = true };
                    break;
                case "--history":
                    parsed = parsed with { IsHistory = true };
                    break;
                case "--help" or "-h":
                    parsed = parsed with { IsHelp = true };
                    break;
                case "--tenant" when Guid.TryParse(value, out var tenant):
                    parsed = parsed with { Tenant = tenant };
                    next++;
                    break;
                case "--parallel"
                    when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parallel)
                        && parallel is >= 1 and <= MigrationRequest.MaxParallel:
                    parsed = parsed with { Parallel = parallel };
                    next++;
                    break;
                default:
                    complaint = name is "--tenant" or "--parallel" ? $"{name} {value} is not understood." : $"There is no option {name}.";
                    return null;
            }
        }

        if (parsed is { IsDryRun: true, IsHistory: true })
        {
            complaint = "--dry-run and --history are two questions.";
            return null;
        }

        return parsed;
    }
}
