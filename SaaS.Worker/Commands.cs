using System.Diagnostics.CodeAnalysis;
using SaaS.Core;

namespace SaaS.Worker;

/// <summary>What an operator or a deployment asks the worker to do once: it does that and ends, with an exit code that scripts can use.</summary>
internal static class Commands
{
    private const int Done = 0;
    private const int SomeFailed = 1;
    private const int NotUnderstood = 2;

    private const string Usage =
        """
        Usage: SaaS.Worker [command]
          (none)    relay the outboxes and run the consumers
          migrate   bring the control database, the template and every tenant to this version
        """;

    /// <summary>Whether the arguments begin with a command; settings (<c>--key=value</c>) are for the host.</summary>
    public static bool Asked(string[] arguments, [NotNullWhen(true)] out string? command)
    {
        command = arguments is [var first, ..] && (first is "--help" or "-h" || !first.StartsWith('-')) ? first : null;
        return command is not null;
    }

    public static Task<int> RunAsync(string command, string[] arguments) => (command, arguments) switch
    {
        ("migrate", []) => MigrateAsync(),
        ("--help" or "-h", _) => ExplainAsync(Console.Out, Done),
        _ => ExplainAsync(Console.Error, NotUnderstood),
    };

    private static async Task<int> MigrateAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddSaaSCore();
        using var host = builder.Build();

        return await host.Services.MigrateSaaSDatabasesAsync(CancellationToken.None) == 0 ? Done : SomeFailed;
    }

    private static async Task<int> ExplainAsync(TextWriter output, int exitCode)
    {
        await output.WriteLineAsync(Usage);
        return exitCode;
    }
}
