using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>rotate-signing-key</c>: what the monthly job does, when an operator wants it now.</summary>
internal static class RotateSigningKeyCommand
{
    private const string Usage =
        """
        Usage: SaaS.Worker rotate-signing-key
          Makes the key that signs tokens from now on. What older keys signed is believed until it expires: nobody is signed out.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is not [])
        {
            return await Commands.ExplainAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Done : Commands.NotUnderstood);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        Console.Out.WriteLine(await host.Services.RotateSigningKeyAsync(CancellationToken.None));
        return Commands.Done;
    }
}
