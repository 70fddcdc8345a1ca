using System.Diagnostics.CodeAnalysis;
using SaaS.Core;

namespace SaaS.Worker;

/// <summary>One-shot commands for operators and deployments, with exit codes that scripts can use.</summary>
internal static class Commands
{
    public const int Done = 0;
    public const int SomeFailed = 1;
    public const int NotUnderstood = 2;

    /// <summary>The exit code by which shells report a program that Ctrl-C ended.</summary>
    public const int Stopped = 130;

    private const string Usage =
        """
        Usage: SaaS.Worker [command]
          (none)    relay the outboxes and run the consumers
          migrate   bring the control database, the template and every tenant to this version
          init      make the first operator of the platform, and a tenant to try
          rotate-signing-key
                    make the key that signs tokens from now on
          vault-import
                    move an environment file into Vault
          sso-test  try single sign-on from end to end
          reset     drop everything (in development only)
        SaaS.Worker <command> --help tells more about one. A command is configured as the hosts are; where nothing is, it works on
        the stack that `dotnet run --project SaaS.AppHost` has started. Options of every command:
          --data DIR    the data folder of that stack, where several run
        """;

    /// <summary>Returns true where the arguments begin with a command; settings (<c>--key=value</c>) are for the host.</summary>
    public static bool Asked(string[] arguments, [NotNullWhen(true)] out string? command)
    {
        command = arguments is [var first, ..] && (first is "--help" or "-h" || !first.StartsWith('-')) ? first : null;
        return command is not null;
    }

    public static async Task<int> RunAsync(string command, string[] arguments)
    {
        if (!TryTakeDataFolder(ref arguments, out var dataFolder))
        {
            return await ExplainAsync("--data needs a folder.", NotUnderstood);
        }

        try
        {
            return await StartAsync(command, arguments, new CommandHost(dataFolder));
        }
        catch (RunningStackException refused)
        {
            return await ExplainAsync(refused.Message, SomeFailed);
        }
        catch (Exception refused) when (CoreModule.ExplainStartupError(refused) is { } explanation)
        {
            await Console.Error.WriteLineAsync(explanation);
            return SomeFailed;
        }
    }

    private static Task<int> StartAsync(string command, string[] arguments, CommandHost host) => command switch
    {
        "migrate" => MigrateCommand.RunAsync(arguments, host),
        "init" => InitCommand.RunAsync(arguments, host),
        "rotate-signing-key" => RotateSigningKeyCommand.RunAsync(arguments, host),
        "vault-import" => VaultImportCommand.RunAsync(arguments),
        "sso-test" => SsoTestCommand.RunAsync(arguments, host),
        "reset" => ResetCommand.RunAsync(arguments, host),
        "--help" or "-h" => ExplainAsync(Usage, Done),
        _ => ExplainAsync($"There is no command '{command}'.{Environment.NewLine}{Usage}", NotUnderstood),
    };

    private static bool TryTakeDataFolder(ref string[] arguments, out string? folder)
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

    /// <summary>Tells how a command is used: whoever asked, on the output; whoever erred, on the error output.</summary>
    public static async Task<int> ExplainAsync(string usage, int exitCode)
    {
        await (exitCode == Done ? Console.Out : Console.Error).WriteLineAsync(usage);
        return exitCode;
    }
}
