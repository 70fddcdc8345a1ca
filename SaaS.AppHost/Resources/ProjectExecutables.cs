using System.Runtime.InteropServices;
using SaaS.LocalServices;

namespace SaaS.AppHost.Resources;

/// <summary>Starts projects from their build output.</summary>
internal static class ProjectExecutables
{
    /// <summary>
    /// Starts each project's executable directly, because Aspire's "dotnet run" adds a process per project (60 MiB, half a second of CPU
    /// time). Under a debugger the IDE starts the projects, so nothing changes.
    /// </summary>
    public static void RunProjectsFromBuildOutput(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode || builder.Configuration["DEBUG_SESSION_PORT"] is not null)
        {
            return;
        }

        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        // …/bin/<configuration>/<framework> of this project or of a test project
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        foreach (var project in builder.Resources.OfType<ProjectResource>())
        {
            var file = project.GetProjectMetadata().ProjectPath;
            var (folder, name) = (Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file));

            // An experimental API, and the only way to declare that no resource uses TLS; the dashboard would show a warning otherwise.
#pragma warning disable ASPIRECERTIFICATES001
            builder
                .CreateResourceBuilder(project)
                .WithAnnotation(
                    new ExecutableAnnotation
                    {
                        Command = SearchPath.GetProgramPath(Path.Combine(folder, "bin", output.Parent!.Name, output.Name), name),
                        WorkingDirectory = folder,
                    }
                )
                .WithoutHttpsCertificate()
                .WithEnvironment("DOTNET_ROOT", dotnet); // the executable searches for .NET in system locations only
#pragma warning restore ASPIRECERTIFICATES001
        }
    }
}
