using Aspire.Hosting.Testing;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>Tests that aspire-manifest.json is up to date.</summary>
public sealed class ManifestTests
{
    [Fact]
    public async Task The_committed_manifest_matches_the_publisher_output()
    {
        var repository = Repository.Root();
        // In the same folder, because its paths are relative.
        var written = Path.Combine(repository, "aspire-manifest.written.json");
        try
        {
            var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SaaS_AppHost>([
                "--operation",
                "publish",
                "--step",
                "publish-manifest",
                "--output-path",
                written,
            ]);
            await using var application = await builder.BuildAsync();
            await application.RunAsync();

            Assert.Equal(
                (await File.ReadAllTextAsync(written)).TrimEnd('\n'),
                (await File.ReadAllTextAsync(Path.Combine(repository, "aspire-manifest.json"))).TrimEnd('\n'),
                ignoreLineEndingDifferences: true
            );
        }
        finally
        {
            File.Delete(written);
        }
    }
}
