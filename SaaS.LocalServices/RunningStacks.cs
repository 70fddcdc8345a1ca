using System.Globalization;
using System.Text.Json;

namespace SaaS.LocalServices;

/// <summary>Publishes the settings of a running stack in its data folder, and the folder in the user's list of stacks.</summary>
/// <remarks>CommandHost in SaaS.Worker reads both, so a change of the format must be made there too.</remarks>
internal static class RunningStacks
{
    private static string Registry => Path.Combine(UserFolder.Location, "running");

    private static string Entry => Path.Combine(Registry, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    internal static void Publish(DataFolder data, IReadOnlyDictionary<string, string> settings)
    {
        PrivateFolder.Write(
            data.HostSettings,
            JsonSerializer.Serialize(
                settings.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value)
            )
        );
        try
        {
            PrivateFolder.Create(Registry);
            foreach (var left in Directory.EnumerateFiles(Registry).Where(file => !RunningProcesses.Contains(Path.GetFileName(file))))
            {
                File.Delete(left);
            }

            PrivateFolder.Write(Entry, data.Root);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            // A command needs --data then, as in the ready message.
        }
    }

    internal static void Withdraw(DataFolder data)
    {
        File.Delete(data.HostSettings);
        if (Directory.Exists(Registry))
        {
            File.Delete(Entry);
        }
    }
}
