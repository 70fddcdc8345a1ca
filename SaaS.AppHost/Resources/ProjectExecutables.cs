using System.Runtime.InteropServices;
using SaaS.LocalServices;

namespace SaaS.AppHost.Resources;

/// <summary>Starts projects from their build output.</summary>
internal static class ProjectExecutables
{
    /// <summary>
    /// Starts every project's own executable: Aspire's "dotnet run" would be one process more for each, with 60 MiB and half a second of
    /// processor time. Under a debugger Aspire's way stays, because the IDE starts the projects.
    /// </summary>
    public static void RunProjectsFromBuildOutput(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode || builder.Configuration["DEBUG_SESSION_PORT"] is not null)
        {
            return;
        }

        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        // …/bin/<configuration>/<framework>, of this project or of a test's
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        foreach (var project in builder.Resources.OfType<ProjectResource>())
        {
            var file = project.GetProjectMetadata().ProjectPath;
            var (folder, name) = (Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file));

            // An experimental API, and the only way to declare that nothing here listens on TLS; the dashboard would warn otherwise.
#pragma warning disable ASPIRECERTIFICATES001
            builder.CreateResourceBuilder(project)
                .WithAnnotation(new ExecutableAnnotation
                {
                    Command = SearchPath.In(Path.Combine(folder, "bin", output.Parent!.Name, output.Name), name),
                    WorkingDirectory = folder,
                })
                .WithoutHttpsCertificate()
                .WithEnvironment("DOTNET_ROOT", dotnet); // the executable looks in the system's places only
#pragma warning restore ASPIRECERTIFICATES001
        }
    }
}
