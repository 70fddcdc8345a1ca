using System.CommandLine;
using SaaS.Core.Operations;

namespace SaaS.Worker.Commands;

/// <summary><c>rotate-signing-key</c>: runs the monthly rotation on demand.</summary>
internal static class RotateSigningKeyCommand
{
    public static Command Create()
    {
        var command = new Command(
            "rotate-signing-key",
            "Create a new signing key for tokens; tokens of older keys stay valid until they expire"
        );
        command.SetAction(
            async (parsed, ct) =>
            {
                using var host = CommandHost.Build(CommandHost.CreateBuilder(parsed));
                Console.Out.WriteLine(await host.Services.RotateSigningKeyAsync(ct));
                return ExitCode.Success;
            }
        );
        return command;
    }
}
