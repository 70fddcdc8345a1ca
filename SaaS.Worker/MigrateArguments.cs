using System.Globalization;
using SaaS.Core.SchemaMigration;

namespace SaaS.Worker;

/// <summary>What stands behind <c>migrate</c> on the command line.</summary>
internal sealed record MigrateArguments
{
    public const string Usage =
        """
        Usage: SaaS.Worker migrate [--tenant ID] [--parallel N] [--dry-run | --history]
          Brings the control database, the template for new tenants, and every tenant to this version.
          --tenant ID    of the tenants this one alone
          --parallel N   how many tenants side by side, 1 to 64 (4)
          --dry-run      write nothing; print the SQL that would be run, and the tenants that are behind
          --history      write nothing; print each tenant's version, since when it has it, and how the last try went
        Exit codes: 0 done; 1 a tenant failed, or there is no such tenant; 2 not understood; 130 stopped (Ctrl-C) before all
        tenants had their turn. It can be repeated after any of them, and run twice at once.
        """;

    public Guid? Tenant { get; private init; }

    public int Parallel { get; private init; } = MigrationRequest.DefaultParallel;

    public bool IsDryRun { get; private init; }

    public bool IsHistory { get; private init; }

    public bool IsHelp { get; private init; }

    /// <returns>Null when they are not understood; <paramref name="complaint"/> then says why.</returns>
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
                case "--parallel" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parallel) && parallel is >= 1 and <= MigrationRequest.MaxParallel:
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
