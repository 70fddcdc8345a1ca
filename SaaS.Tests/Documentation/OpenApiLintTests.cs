using System.Diagnostics;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>
/// The OpenAPI document as the linters of the field see it: redocly's rules `recommended` and spectral's `oas`, without an error. They come from npm, so
/// the test asks for them: <c>LINT_OPENAPI=1</c>, as CI does.
/// </summary>
public sealed class OpenApiLintTests(SaaSApp app, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("@redocly/cli@2.77.0", "redocly", "lint", "openapi.json", "--extends=recommended")]
    [InlineData("@stoplight/spectral-cli@6.16.3", "spectral", "lint", "openapi.json", "--ruleset=ruleset.yaml")]
    public async Task The_document_has_no_error(string package, params string[] command)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LINT_OPENAPI") is "1", "LINT_OPENAPI=1 fetches the linters from npm and runs them");
        var folder = Directory.CreateTempSubdirectory("openapi-");
        try
        {
            using var client = app.NewClient();
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "openapi.json"), await client.GetStringAsync("/openapi/v1.json"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ruleset.yaml"), "extends: [\"spectral:oas\"]\n");
            using var linter = Process.Start(new ProcessStartInfo("npx", ["--yes", "--package", package, "--", .. command]) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
            using var limit = new CancellationTokenSource(Patience);
            var told = await Task.WhenAll(linter.StandardOutput.ReadToEndAsync(limit.Token), linter.StandardError.ReadToEndAsync(limit.Token));
            await linter.WaitForExitAsync(limit.Token);
            output.WriteLine(string.Join('\n', told));
            Assert.Equal(0, linter.ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
