using System.Diagnostics;
using SaaS.LocalServices;

namespace SaaS.Tests.Documentation;

/// <summary>
/// Tests that the repository is a template for products of another name (docs/MAKE-IT-YOURS.md), and that the code of
/// docs/FIRST-USE-CASE.md compiles in such a product.
/// </summary>
public sealed class TemplateTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_product_made_from_the_template_has_its_own_name_and_compiles_with_the_first_use_case()
    {
        var folder = Directory.CreateTempSubdirectory("saas-template-").FullName;
        var (packages, hive, product) = (
            Path.Combine(folder, "packages"),
            Path.Combine(folder, "hive"),
            Path.Combine(folder, "Acme.Plant")
        );
        await RunAsync(
            Repository.Root(),
            "pack",
            "build/Template.csproj",
            "-o",
            packages,
            "--disable-build-servers",
            "-p:NuGetAudit=false"
        );
        var package = Assert.Single(Directory.EnumerateFiles(packages, "*.nupkg"));
        await RunAsync(folder, "new", "install", package, "--debug:custom-hive", hive);
        await RunAsync(folder, ["new", "saas", "-n", "Acme.Plant", "-o", product, "--product", "Acme Plant", "--debug:custom-hive", hive]);

        var files = Directory.EnumerateFiles(product, "*", SearchOption.AllDirectories).ToList();
        Assert.True(files.Count > 1_000, "the product has hardly any file");
        Assert.Equal([], files.Select(file => Path.GetRelativePath(product, file)).Where(HasOldName));
        Assert.Equal([], files.Where(file => Path.GetExtension(file) is not ".pdf" && HasOldName(File.ReadAllText(file))));
        Assert.Contains("<Company>Acme Plant</Company>", await File.ReadAllTextAsync(Path.Combine(product, "Directory.Build.props")));
        // The template engine evaluates conditions of MSBuild as its own unless it is told not to.
        var targets = Path.Combine("build", "PrecompiledPackages.targets");
        Assert.Equal(
            await CountConditionsAsync(Path.Combine(Repository.Root(), targets)),
            await CountConditionsAsync(Path.Combine(product, targets))
        );

        var steps = FirstUseCase.Read(product);
        Assert.Equal([], steps.Select(step => step.Check(product)).OfType<string>());
        foreach (var step in steps)
        {
            await step.ApplyAsync(product);
        }

        // Without lock files, which the first restore of a product writes.
        await RunAsync(
            product,
            [
                "build",
                "Acme.Plant.Core",
                "--disable-build-servers",
                "-p:RestoreLockedMode=false",
                "-p:NuGetAudit=false",
                "-p:PrecompilePackages=false",
            ]
        );
        Assert.True(File.Exists(Path.Combine(product, "Acme.Plant.Core", "bin", "Debug", "net10.0", "Acme.Plant.Core.dll")));
        Directory.Delete(folder, recursive: true);
    }

    // Lower case stays: names of databases, settings and metrics are a contract with operators.
    private static bool HasOldName(string text) => text.Contains("SaaS", StringComparison.Ordinal);

    private static async Task<int> CountConditionsAsync(string file) => (await File.ReadAllTextAsync(file)).Split("Condition=").Length;

    private static async Task RunAsync(string folder, params string[] arguments)
    {
        using var dotnet = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        dotnet.StartInfo.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        dotnet.Start();
        using var timeout = new CancellationTokenSource(Timeout);
        var said = await Task.WhenAll(
            dotnet.StandardOutput.ReadToEndAsync(timeout.Token),
            dotnet.StandardError.ReadToEndAsync(timeout.Token)
        );
        await dotnet.WaitForExitAsync(timeout.Token);
        Assert.True(dotnet.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {dotnet.ExitCode}\n{string.Join('\n', said)}");
    }
}
