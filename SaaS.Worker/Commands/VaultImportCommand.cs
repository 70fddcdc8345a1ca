using System.CommandLine;
using SaaS.Core.Operations;

namespace SaaS.Worker.Commands;

/// <summary><c>vault-import</c>: imports an environment file into Vault. It prints the names of fields, never their values.</summary>
internal static class VaultImportCommand
{
    private const string Confirmation = "yes";

    private static readonly Argument<string> EnvironmentFile = new("file")
    {
        Description = "the environment file; fields that it lacks stay",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = $"do not ask for the word {Confirmation}" };

    public static Command Create()
    {
        var command = new Command(
            "vault-import",
            "Import the secrets of an environment file into Vault (settings: Vault:…, Secrets:Environment)"
        )
        {
            EnvironmentFile,
            Yes,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        try
        {
            var isImported = await Host.CreateApplicationBuilder()
                .ImportSecretsAsync(
                    parsed.GetRequiredValue(EnvironmentFile),
                    Console.Out.WriteLine,
                    () => parsed.GetValue(Yes) || IsAgreed(),
                    ct
                );
            return isImported ? ExitCode.Success : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return await ExitCode.FailAsync(e.Message); // these messages contain names, never values
        }
    }

    private static bool IsAgreed()
    {
        Console.Out.WriteLine($"Type {Confirmation} to write these fields:");
        return Console.In.ReadLine() == Confirmation;
    }
}
