using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core.Operations;

/// <summary>Moves an environment file into Vault, once whoever asked has seen what that changes. Names are told, values never.</summary>
internal static class ImportSecrets
{
    /// <returns>Whether Vault has now what the file says.</returns>
    public static async Task<bool> RunAsync(IConfigurationManager configuration, IHostEnvironment environment, string file, Action<string> tell, Func<bool> isAgreed, CancellationToken ct)
    {
        var settings = EnvironmentFile.Parse(await File.ReadAllTextAsync(file, ct));
        using var import = VaultImport.Open(configuration, environment);
        var steps = await import.PlanAsync(settings, ct);
        foreach (var step in steps)
        {
            tell($"{step.Name}: add {Names(step.Added)}; replace {Names(step.Replaced)}.{(step.Missing.Count > 0 ? $" Missing then: {Names(step.Missing)}." : "")}");
        }

        if (steps.All(step => !step.HasChanges))
        {
            tell("There is nothing to do.");
            return true;
        }

        if (!isAgreed())
        {
            tell("Nothing was written.");
            return false;
        }

        foreach (var step in steps.Where(step => step.HasChanges))
        {
            if (!await import.WriteAsync(step, ct))
            {
                tell($"Somebody else has written {step.Name} meanwhile: it was left as it is. Run this again.");
                return false;
            }

            tell($"Wrote {step.Name}.");
        }

        return true;
    }

    private static string Names(IReadOnlyList<string> fields) => fields.Count is 0 ? "nothing" : string.Join(", ", fields);
}
