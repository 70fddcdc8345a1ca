using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>reset</c>: an empty installation again, in development only.</summary>
internal static class ResetCommand
{
    private const string Confirmation = "DELETE EVERYTHING";

    private const string Usage =
        $"""
        Usage: SaaS.Worker reset [--yes]
          Drops every tenant's database and role, every object, the mails in Mail:Folder and the control database, and makes an empty one.
          It asks for the words {Confirmation}, unless --yes is given, and runs in Development only. Restart the hosts afterwards.
        Exit codes: 0 done; 1 refused; 2 not understood.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is not ([] or ["--yes"]))
        {
            return await Commands.ExplainAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Done : Commands.NotUnderstood);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        if (!host.Services.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            await Console.Error.WriteLineAsync("reset runs in Development only.");
            return Commands.SomeFailed;
        }

        if (arguments is [])
        {
            Console.Out.WriteLine($"Everything is lost: accounts, tenants, documents. Type {Confirmation} to go on:");
            if (Console.In.ReadLine() != Confirmation)
            {
                await Console.Error.WriteLineAsync("Nothing was changed.");
                return Commands.SomeFailed;
            }
        }

        var tenants = await host.Services.ResetSaaSAsync(CancellationToken.None);
        Console.Out.WriteLine($"{tenants} tenants were dropped, and everything else. There is an empty installation now.");
        return Commands.Done;
    }
}
