using System.Globalization;

namespace SaaS.AppHost.Embedded;

/// <summary>What the command line says.</summary>
internal sealed record StartOptions
{
    internal const string Usage = """
        Starts PostgreSQL, Redis, the migration, the API, the worker and the scheduler.

          --data DIR         where everything is kept (default: .data beside SaaS.sln)
          --ephemeral        keep nothing: a fresh folder that is deleted at the end, and a faster PostgreSQL without fsync
          --port N           the API's port (default: 4999)
          --entra-stand-in   sign in through a stand-in for Microsoft Entra ID, which asks nobody for a password
          --help             this text
        """;

    public string DataFolder { get; private init; } = Path.Combine(RepositoryRoot(), ".data");

    public bool Ephemeral { get; private init; }

    public int ApiPort { get; private init; } = 4999;

    public bool EntraStandIn { get; private init; }

    public bool Help { get; private init; }

    internal static bool TryParse(ReadOnlySpan<string> args, out StartOptions options, out string? problem)
    {
        options = new StartOptions();
        problem = null;
        while (problem is null && !args.IsEmpty)
        {
            (options, problem, var used) = args switch
            {
                ["--help" or "-h", ..] => (options with { Help = true }, null, 1),
                ["--ephemeral", ..] => (options with { Ephemeral = true }, null, 1),
                ["--entra-stand-in", ..] => (options with { EntraStandIn = true }, null, 1),
                ["--data", var folder, ..] when folder.Length > 0 => (options with { DataFolder = Path.GetFullPath(folder) }, null, 2),
                ["--port", var text, ..] when PortFrom(text) is { } port => (options with { ApiPort = port }, null, 2),
                ["--port", ..] => (options, "--port needs a number from 1 to 65535.", 1),
                ["--data", ..] => (options, "--data needs a folder.", 1),
                _ => (options, (string?)$"Unknown option {args[0]}; --help lists the options.", 1),
            };
            args = args[used..];
        }

        return problem is null;
    }

    private static int? PortFrom(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port : null;

    /// <summary>The folder of SaaS.sln; where there is none, the current one.</summary>
    internal static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SaaS.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
