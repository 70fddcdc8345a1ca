using System.Runtime.InteropServices;

namespace SaaS.LocalServices;

/// <summary>Where a sibling project's build output is: the same configuration and framework as this one's.</summary>
internal sealed record HostProject(string Name)
{
    internal static readonly HostProject Api = new("SaaS.Api");
    internal static readonly HostProject Worker = new("SaaS.Worker");
    internal static readonly HostProject Scheduler = new("SaaS.Scheduler");
    internal static readonly HostProject EntraStandIn = new("SaaS.EntraStandIn");

    internal ChildCommand Command(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        // <root>/SaaS.AppHost/bin/<configuration>/<framework>/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (output.Name, output.Parent?.Name ?? "");
        var root = output.Parent?.Parent?.Parent?.Parent?.FullName ?? "/";
        var project = Path.Combine(root, Name);
        return new ChildCommand(SearchPath.In(Path.Combine(project, "bin", configuration, framework), Name), arguments)
        {
            WorkingDirectory = Directory.Exists(project) ? project : root,
            Environment = new Dictionary<string, string?>(environment)
            {
                // The executable looks for .NET in the system's places only; the one that runs us may be elsewhere.
                ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            },
        };
    }
}
