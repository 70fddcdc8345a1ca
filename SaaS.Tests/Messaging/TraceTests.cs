using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

public sealed class TraceTests(SaaSApp app)
{
    [Fact]
    public async Task Consumers_record_the_trace_id_of_the_request_without_an_exporter()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("traced"u8.ToArray());
        await tenant.DrainAsync();

        using var answer = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?subject_id={document.GetProperty("id")}");
        var entries = (await answer.ReadDataAsync()).GetProperty("entries").EnumerateArray().ToList();

        Assert.Equal(["document.verified", "document.uploaded"], entries.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal(32, entries[0].GetProperty("trace_id").GetString()!.Length);
        Assert.Equal(entries[1].GetProperty("trace_id").GetString(), entries[0].GetProperty("trace_id").GetString());
    }
}
