using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>
/// Tests that common linters find no error in the served OpenAPI document: redocly with its rules `recommended` and every example valid,
/// spectral with `oas`.
/// </summary>
public sealed class OpenApiLintTests(SaaSApp app)
{
    [Fact]
    public async Task Redocly_finds_no_error()
    {
        using var tools = await NpmTools.ReadAsync(app);
        await tools.WriteAsync(
            "redocly.yaml",
            "extends: [recommended]\nrules:\n  no-invalid-media-type-examples: error\n  no-invalid-parameter-examples: error\n"
        );
        await tools.RunAsync("redocly", "lint", NpmTools.Document);
    }

    [Fact]
    public async Task Spectral_finds_no_error()
    {
        using var tools = await NpmTools.ReadAsync(app);
        await tools.WriteAsync("ruleset.yaml", "extends: [\"spectral:oas\"]\n");
        await tools.RunAsync("spectral", "lint", NpmTools.Document, "--ruleset=ruleset.yaml");
    }
}
