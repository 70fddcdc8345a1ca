using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>vault-import</c>: an environment file becomes secrets in Vault. Names are shown, values never.</summary>
internal static class VaultImportCommand
{
    private const string Confirmation = "yes";

    private const string Usage =
        $"""
        Usage: SaaS.Worker vault-import FILE [--yes]
          Moves what an environment file says of databases, signing key and object store into Vault, where hosts read it with
          Secrets:Source=vault. It shows which fields it would add or replace, and asks for the word {Confirmation}, unless --yes is given.
          Fields that the file does not name stay. Where Vault is and as whom it signs in: Vault:…, Secrets:Environment.
        Exit codes: 0 done, or nothing to do; 1 refused, or somebody else wrote there meanwhile; 2 not understood.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ([_] or [_, "--yes"]) || arguments[0].StartsWith('-'))
        {
            return await Commands.ExplainAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Done : Commands.NotUnderstood);
        }

        try
        {
            return await Host.CreateApplicationBuilder().ImportSecretsAsync(arguments[0], Console.Out.WriteLine, () => arguments is [_, "--yes"] || IsAgreed(), CancellationToken.None)
                ? Commands.Done
                : Commands.SomeFailed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(e.Message); // each says names, and no value
            return Commands.SomeFailed;
        }
    }

    private static bool IsAgreed()
    {
        Console.Out.WriteLine($"Type {Confirmation} to write that:");
        return Console.In.ReadLine() == Confirmation;
    }
}
