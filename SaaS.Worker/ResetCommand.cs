using SaaS.Core;

namespace SaaS.Worker;

/// <summary><c>reset</c>: recreates an empty installation, in development only.</summary>
internal static class ResetCommand
{
    private const string Confirmation = "DELETE EVERYTHING";

    private const string Usage = $"""
        Usage: SaaS.Worker reset [--yes]
          Drops every tenant's database and role, every object, the mails in Mail:Folder and the control database, and creates an empty one.
          It asks for the words {Confirmation} unless --yes is given, and runs in Development only. Restart the hosts afterwards.
        Exit codes: 0 success; 1 rejected; 2 invalid arguments.
        """;

    public static async Task<int> RunAsync(string[] arguments, CommandHost command)
    {
        if (arguments is not ([] or ["--yes"]))
        {
            return await Commands.PrintAsync(Usage, arguments is ["--help" or "-h"] ? Commands.Success : Commands.InvalidArguments);
        }

        using var host = CommandHost.Build(command.CreateBuilder());
        if (!host.Services.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            await Console.Error.WriteLineAsync("reset runs in Development only.");
            return Commands.Failed;
        }

        if (arguments is [])
        {
            Console.Out.WriteLine($"This deletes all accounts, tenants and documents. Type {Confirmation} to continue:");
            if (Console.In.ReadLine() != Confirmation)
            {
                await Console.Error.WriteLineAsync("Nothing was changed.");
                return Commands.Failed;
            }
        }

        var tenants = await host.Services.ResetSaaSAsync(CancellationToken.None);
        Console.Out.WriteLine($"{tenants} tenants were dropped, with all other data. The installation is empty now.");
        return Commands.Success;
    }
}
