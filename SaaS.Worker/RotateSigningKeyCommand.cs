using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>rotate-signing-key</c>: runs the monthly rotation on demand.</summary>
internal static class RotateSigningKeyCommand
{
    private const string Usage = """
        Usage: SaaS.Worker rotate-signing-key
          Creates a new signing key for tokens. Tokens signed with older keys stay valid until they expire: no session ends.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is not [])
        {
            return await Commands.PrintAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Success : Commands.InvalidArguments);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        Console.Out.WriteLine(await host.Services.RotateSigningKeyAsync(CancellationToken.None));
        return Commands.Success;
    }
}
