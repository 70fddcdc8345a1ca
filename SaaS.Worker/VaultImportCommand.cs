using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>vault-import</c>: imports an environment file into Vault. It prints the names of fields, never their values.</summary>
internal static class VaultImportCommand
{
    private const string Confirmation = "yes";

    private const string Usage = $"""
        Usage: SaaS.Worker vault-import FILE [--yes]
          Imports the secrets of an environment file (databases, signing key, object store) into Vault, where hosts read them with
          Secrets:Source=vault. It lists the fields to add or replace, and asks for the word {Confirmation} unless --yes is given.
          Fields that are not in the file stay. Address and credentials of Vault are settings: Vault:…, Secrets:Environment.
        Exit codes: 0 success, or nothing to do; 1 rejected, or Vault was changed concurrently; 2 invalid arguments.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ([_] or [_, "--yes"]) || arguments[0].StartsWith('-'))
        {
            return await Commands.PrintAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Success : Commands.InvalidArguments);
        }

        try
        {
            return await Host.CreateApplicationBuilder()
                .ImportSecretsAsync(
                    arguments[0],
                    Console.Out.WriteLine,
                    () => arguments is [_, "--yes"] || IsAgreed(),
                    CancellationToken.None
                )
                ? Commands.Success
                : Commands.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(e.Message); // these messages contain names, never values
            return Commands.Failed;
        }
    }

    private static bool IsAgreed()
    {
        Console.Out.WriteLine($"Type {Confirmation} to write these fields:");
        return Console.In.ReadLine() == Confirmation;
    }
}
