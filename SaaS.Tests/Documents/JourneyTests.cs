using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

public sealed class JourneyTests(SaaSApp app)
{
    [Fact]
    public async Task A_document_makes_the_whole_way()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("hello"u8.ToArray());
        await tenant.DrainAsync();
        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.GetProperty("id").GetGuid()}");
        var view = await answer.ReadDataAsync();
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, view.GetProperty("file").GetProperty("verified_at").ValueKind);
    }
}
