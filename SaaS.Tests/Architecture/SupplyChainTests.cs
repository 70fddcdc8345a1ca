using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using SaaS.LocalServices;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that every package is locked, and listed with its licence.</summary>
public sealed class SupplyChainTests
{
    /// <summary>The projects that run in production. Tests, benchmarks and the AppHost may use more packages.</summary>
    private static readonly string[] Delivered = ["SaaS.Api", "SaaS.Worker", "SaaS.Scheduler"];

    /// <summary>Licences that require attribution only. Any other licence needs a decision by people before it is added here.</summary>
    private static readonly string[] Permissive = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "PostgreSQL"];

    /// <summary>Packages that give a file or an address instead of a licence's name, with the licence that a person read there.</summary>
    private static readonly Dictionary<string, string> Read = new()
    {
        ["CommandLineParser"] = "MIT",
        ["KeraLua"] = "MIT",
        ["librdkafka.redist"] = "BSD-2-Clause",
        ["Otp.NET"] = "MIT",
        ["SmtpServer"] = "MIT",
        ["System.Security.Cryptography.ProtectedData"] = "MIT",
    };

    private static readonly string Root = Repository.Root();

    private static string List => Path.Combine(Root, "docs", "LICENCES.md");

    [Fact]
    public void Every_project_has_a_package_lock_file()
    {
        var projects = Directory.EnumerateDirectories(Root).SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj")).ToList();
        Assert.NotEmpty(projects);

        // The packages restored for the app model depend on the backing service, which a lock file cannot express: only the
        // versions are pinned.
        Assert.Equal(
            ["SaaS.AppHost", "SaaS.AppHost.Tests"],
            projects
                .Where(project => !File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")))
                .Select(project => Path.GetFileNameWithoutExtension(project))
                .Order()
        );
    }

    [Fact]
    public void Every_package_is_listed_with_its_licence()
    {
        var written = WriteList(ReadPackages());
        if (Environment.GetEnvironmentVariable("WRITE_LICENCES") is "1")
        {
            File.WriteAllText(List, written);
        }

        Assert.True(
            written == File.ReadAllText(List),
            "docs/LICENCES.md is not what is restored: set WRITE_LICENCES=1, run this test again, and read what changed"
        );
    }

    [Fact]
    public void Delivered_packages_have_permissive_licences()
    {
        var packages = ReadPackages().Where(package => package.IsDelivered).ToList();
        Assert.Contains(packages, package => package.Name == "Npgsql");
        Assert.Equal(
            [],
            packages.Where(package => !Permissive.Contains(package.Licence)).Select(package => $"{package.Name}: {package.Licence}")
        );
    }

    private static string WriteList(IReadOnlyList<Package> packages)
    {
        var text = new StringBuilder(
            """
            # Licences

            Which packages does the product use, under which licences? `SupplyChainTests.Every_package_is_listed_with_its_licence` writes this page
            from the lock files (`WRITE_LICENCES=1`) and fails when it is outdated. Delivered: what the three hosts restore, analyzers included; the
            rest serves AppHost, tests, benchmarks and build.

            [Delivered](#delivered), [not delivered](#not-delivered)

            """
        );
        foreach (var use in packages.GroupBy(package => package.IsDelivered).OrderByDescending(use => use.Key))
        {
            text.Append(use.Key ? "\n## Delivered\n" : "\n## Not delivered\n");
            foreach (var licence in use.GroupBy(package => package.Licence).OrderBy(licence => licence.Key, StringComparer.Ordinal))
            {
                text.Append("\n### ").Append(licence.Key).Append("\n\n");
                text.AppendJoin(",\n", licence.Select(package => $"{package.Name} {package.Version}")).Append('\n');
            }
        }

        return text.ToString();
    }

    private static List<Package> ReadPackages()
    {
        var delivered = new HashSet<(string, string)>();
        var all = new HashSet<(string Name, string Version)>();
        foreach (
            var file in Directory.EnumerateDirectories(Root).Select(folder => Path.Combine(folder, "packages.lock.json")).Where(File.Exists)
        )
        {
            foreach (var package in ReadLock(file))
            {
                all.Add(package);
                if (Delivered.Contains(Path.GetFileName(Path.GetDirectoryName(file)!)))
                {
                    delivered.Add(package);
                }
            }
        }

        return
        [
            .. all.OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(package => package.Version, StringComparer.Ordinal)
                .Select(package => new Package(
                    package.Name,
                    package.Version,
                    LicenceOf(package.Name, package.Version),
                    delivered.Contains(package)
                )),
        ];
    }

    private static IEnumerable<(string Name, string Version)> ReadLock(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return
        [
            .. document
                .RootElement.GetProperty("dependencies")
                .EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() is not "Project")
                .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!)),
        ];
    }

    // <license type="expression">MIT</license> is a name; <license type="file">LICENSE.txt</license> and the older
    // <licenseUrl>…</licenseUrl> have to be read by a person.
    private static string LicenceOf(string name, string version)
    {
        var folder =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var id = name.ToLowerInvariant();
        var metadata = XDocument.Load(Path.Combine(folder, id, version.ToLowerInvariant(), $"{id}.nuspec")).Root!.Elements().First();
        var licence = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value is "expression" ? licence.Value : Read.GetValueOrDefault(name, "none is said");
    }

    private sealed record Package(string Name, string Version, string Licence, bool IsDelivered);
}
