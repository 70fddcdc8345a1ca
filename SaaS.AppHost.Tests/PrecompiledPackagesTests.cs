using System.Reflection.PortableExecutable;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Tests that the build compiles packages ahead of time (build/PrecompiledPackages.targets).</summary>
public sealed class PrecompiledPackagesTests
{
    [Theory]
    [InlineData("SaaS.Api", "Npgsql.dll")]
    [InlineData("SaaS.Worker", "Microsoft.EntityFrameworkCore.Relational.dll")]
    [InlineData("SaaS.Scheduler", "Quartz.dll")]
    [InlineData("SaaS.Api", "OpenTelemetry.dll")]
    [InlineData("SaaS.Api", "Microsoft.OpenApi.dll")]
    [InlineData("SaaS.AppHost", "Aspire.Hosting.dll")]
    public void Assemblies_needed_at_startup_are_precompiled_to_native_code(string project, string assembly)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(Repository.Root(), project, "bin", output.Parent!.Name, output.Name, assembly);
        using var image = new PEReader(File.OpenRead(path));

        Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
    }
}
