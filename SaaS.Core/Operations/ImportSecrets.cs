using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core.Operations;

/// <summary>Imports an environment file into Vault after the user has confirmed the changes. Names are shown, values never.</summary>
internal static class ImportSecrets
{
    /// <returns>True if Vault now has the values of the file.</returns>
    public static async Task<bool> RunAsync(
        IConfigurationManager configuration,
        IHostEnvironment environment,
        string file,
        Action<string> write,
        Func<bool> isAgreed,
        CancellationToken ct
    )
    {
        var settings = EnvironmentFile.Parse(await File.ReadAllTextAsync(file, ct));
        using var import = VaultImport.Open(configuration, environment);
        var steps = await import.PlanAsync(settings, ct);
        foreach (var step in steps)
        {
            write(
                $"{step.Name}: add {FormatNames(step.Added)}; replace {FormatNames(step.Replaced)}.{(step.Missing.Count > 0 ? $" Still missing: {FormatNames(step.Missing)}." : "")}"
            );
        }

        if (steps.All(step => !step.HasChanges))
        {
            write("There is nothing to do.");
            return true;
        }

        if (!isAgreed())
        {
            write("Nothing was written.");
            return false;
        }

        foreach (var step in steps.Where(step => step.HasChanges))
        {
            if (!await import.WriteAsync(step, ct))
            {
                write($"{step.Name} was changed concurrently and was not written. Run this command again.");
                return false;
            }

            write($"Wrote {step.Name}.");
        }

        return true;
    }

    private static string FormatNames(IReadOnlyList<string> fields) => fields.Count is 0 ? "nothing" : string.Join(", ", fields);
}
