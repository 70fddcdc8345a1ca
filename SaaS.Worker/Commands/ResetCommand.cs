using System.CommandLine;
using SaaS.Core.SchemaMigration;

namespace SaaS.Worker.Commands;

/// <summary><c>reset</c>: recreates an empty installation, in development only.</summary>
internal static class ResetCommand
{
    private const string Confirmation = "DELETE EVERYTHING";

    private static readonly Option<bool> Yes = new("--yes") { Description = $"do not ask for the words {Confirmation}" };

    public static Command Create()
    {
        var command = new Command(
            "reset",
            "Drop all databases, roles, objects and the mails in Mail:Folder (in Development only); restart the hosts afterwards"
        )
        {
            Yes,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using var host = CommandHost.Build(CommandHost.CreateBuilder(parsed));
        if (!host.Services.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            return await ExitCode.FailAsync("reset runs in Development only.");
        }

        if (!parsed.GetValue(Yes))
        {
            Console.Out.WriteLine($"This deletes all accounts, tenants and documents. Type {Confirmation} to continue:");
            if (Console.In.ReadLine() != Confirmation)
            {
                return await ExitCode.FailAsync("Nothing was changed.");
            }
        }

        var tenants = await host.Services.ResetDatabasesAsync(ct);
        Console.Out.WriteLine($"{tenants} tenants were dropped, with all other data. The installation is empty now.");
        return ExitCode.Success;
    }
}
