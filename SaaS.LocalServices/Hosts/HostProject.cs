using System.Runtime.InteropServices;

namespace SaaS.LocalServices;

/// <summary>A sibling project, started from its build output of the same configuration and framework.</summary>
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
        return new ChildCommand(SearchPath.GetProgramPath(Path.Combine(project, "bin", configuration, framework), Name), arguments)
        {
            WorkingDirectory = Directory.Exists(project) ? project : root,
            Environment = new Dictionary<string, string?>(environment)
            {
                // The executable searches for .NET in system locations only, and the current runtime may be elsewhere.
                ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            },
        };
    }
}
