using System.Diagnostics.CodeAnalysis;
using SaaS.Core;

namespace SaaS.Worker;

/// <summary>One-shot commands for operators and deployments, with exit codes that scripts can use.</summary>
internal static class Commands
{
    public const int Success = 0;
    public const int Failed = 1;
    public const int InvalidArguments = 2;

    /// <summary>The exit code that shells report for a program ended by Ctrl-C.</summary>
    public const int Stopped = 130;

    private const string Usage = """
        Usage: SaaS.Worker [command]
          (none)    relay the outboxes and run the consumers
          migrate   migrate the control database, the template and every tenant to this version
          init      create the first platform administrator and a test tenant
          rotate-signing-key
                    create a new signing key for tokens
          vault-import
                    import an environment file into Vault
          sso-test  test single sign-on from end to end
          reset     drop all data (in development only)
        Run SaaS.Worker <command> --help for details. A command uses the settings of the hosts; without any, it uses the stack that
        `dotnet run --project SaaS.AppHost` has started. Options of every command:
          --data DIR    the data folder of that stack, if several are running
        """;

    /// <summary>Returns true when the arguments begin with a command; settings (<c>--key=value</c>) are for the host.</summary>
    public static bool TryGetCommand(string[] arguments, [NotNullWhen(true)] out string? command)
    {
        command = arguments is [var first, ..] && (first is "--help" or "-h" || !first.StartsWith('-')) ? first : null;
        return command is not null;
    }

    public static async Task<int> RunAsync(string command, string[] arguments)
    {
        if (!TryRemoveDataFolder(ref arguments, out var dataFolder))
        {
            return await PrintAsync("--data needs a folder.", InvalidArguments);
        }

        try
        {
            return await StartAsync(command, arguments, new CommandHost(dataFolder));
        }
        catch (RunningStackException refused)
        {
            return await PrintAsync(refused.Message, Failed);
        }
        catch (Exception refused) when (CoreModule.ExplainStartupError(refused) is { } explanation)
        {
            await Console.Error.WriteLineAsync(explanation);
            return Failed;
        }
    }

    private static Task<int> StartAsync(string command, string[] arguments, CommandHost host) =>
        command switch
        {
            "migrate" => MigrateCommand.RunAsync(arguments, host),
            "init" => InitCommand.RunAsync(arguments, host),
            "rotate-signing-key" => RotateSigningKeyCommand.RunAsync(arguments, host),
            "vault-import" => VaultImportCommand.RunAsync(arguments),
            "sso-test" => SsoTestCommand.RunAsync(arguments, host),
            "reset" => ResetCommand.RunAsync(arguments, host),
            "--help" or "-h" => PrintAsync(Usage, Success),
            _ => PrintAsync($"There is no command '{command}'.{Environment.NewLine}{Usage}", InvalidArguments),
        };

    private static bool TryRemoveDataFolder(ref string[] arguments, out string? folder)
    {
        folder = null;
        var at = Array.FindIndex(arguments, argument => argument == "--data" || argument.StartsWith("--data=", StringComparison.Ordinal));
        if (at < 0)
        {
            return true;
        }

        var isOneArgument = arguments[at].Length > "--data".Length;
        folder = isOneArgument ? arguments[at]["--data=".Length..] : arguments.ElementAtOrDefault(at + 1);
        arguments = [.. arguments[..at], .. arguments.Skip(at + (isOneArgument ? 1 : 2))];
        return folder is { Length: > 0 };
    }

    /// <summary>Prints a text to standard output on success, and to standard error otherwise.</summary>
    public static async Task<int> PrintAsync(string usage, int exitCode)
    {
        await (exitCode == Success ? Console.Out : Console.Error).WriteLineAsync(usage);
        return exitCode;
    }
}
