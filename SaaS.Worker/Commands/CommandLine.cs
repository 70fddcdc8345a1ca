using System.CommandLine;
using System.CommandLine.Invocation;
using System.Diagnostics.CodeAnalysis;
using SaaS.Core.Operations;

namespace SaaS.Worker.Commands;

/// <summary>The command line of operators and deployments. Scripts can use the exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs the command that the arguments begin with.</summary>
    /// <returns>False when there is none: the process is then the worker, and the arguments are settings (<c>--key=value</c>).</returns>
    public static bool TryRun(string[] arguments, [NotNullWhen(true)] out Task<int>? run)
    {
        var isCommand = arguments is [var first, ..] && (!first.StartsWith('-') || first is "--help" or "-h" or "--version");
        run = isCommand ? RunAsync(arguments) : null;
        return isCommand;
    }

    private static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand(
            """
            Runs a command with the settings of the hosts; without any, it uses the stack that `dotnet run --project SaaS.AppHost` has started.
            Without a command it is the worker: it relays the outboxes and runs the consumers.
            Exit codes: 0 success; 1 failed or rejected, with the reason; 2 invalid arguments; 130 stopped before the end.
            """
        )
        {
            CommandHost.DataFolder,
            MigrateCommand.Create(),
            InitCommand.Create(),
            RotateSigningKeyCommand.Create(),
            VaultImportCommand.Create(),
            SsoTestCommand.Create(),
            ResetCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            await parsed.InvokeAsync();
            return ExitCode.InvalidArguments;
        }

        try
        {
            // The runtime's own handling of signals and exceptions stays, except where a command has its own.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }
            );
        }
        catch (RunningStackException e)
        {
            return await ExitCode.FailAsync(e.Message);
        }
        catch (Exception e) when (OperatorCommands.ExplainError(e) is { } explanation)
        {
            return await ExitCode.FailAsync(explanation);
        }
    }
}
