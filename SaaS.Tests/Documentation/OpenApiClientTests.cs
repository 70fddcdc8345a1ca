using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>
/// Tests that the TypeScript clients which common generators create from the served OpenAPI document compile. The C# client is
/// SaaS.ClientSample, which the build generates with Kiota.
/// </summary>
public sealed class OpenApiClientTests(SaaSApp app)
{
    [Fact]
    public async Task Clients_generated_by_openapi_typescript_hey_api_and_orval_compile()
    {
        using var tools = await NpmTools.ReadAsync(app);
        await tools.RunAsync("openapi-typescript", NpmTools.Document, "--output", "openapi-typescript.ts");
        await tools.RunAsync("openapi-ts", "--input", NpmTools.Document, "--output", "hey-api");
        await tools.RunAsync("orval", "--input", NpmTools.Document, "--output", "orval.ts", "--client", "fetch");
        tools.Copy("clients.ts");
        tools.Copy("tsconfig.json");
        await tools.RunAsync("tsc", "--project", "tsconfig.json");
    }
}
