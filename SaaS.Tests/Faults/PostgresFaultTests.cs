using System.Net.Http.Json;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>What happens on the way to PostgreSQL, and what callers see of it.</summary>
public sealed class PostgresFaultTests(SaaSApp app)
{
    [Fact]
    public async Task Cut_off_the_API_says_503_and_goes_on_when_the_way_is_there_again_with_nothing_lost_or_half_done()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var kept = await tenant.UploadAsync("kept"u8.ToArray(), "kept.pdf");
        await using var door = Open(out var settings);
        await using var api = app.StartApi(settings);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        using var before = await admin.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        door.Put(Fault.Cut);
        using var read = await admin.GetAsync($"{tenant.Path}/documents");
        using var form = TestTenant.FormOf("lost"u8.ToArray(), "lost.pdf");
        using var write = await admin.PostAsync($"{tenant.Path}/documents", form);
        using var signIn = await api.NewClient().PostAsJsonAsync("/api/auth/login", new { email = tenant.Admin.Email, password = TestUser.Password });
        foreach (var answer in (HttpResponseMessage[])[read, write, signIn])
        {
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await answer.ReadRefusalAsync(HttpStatusCode.ServiceUnavailable));
        }

        door.Put(Fault.None);
        await Eventually.HoldsAsync(async () => (await admin.GetAsync($"{tenant.Path}/documents")).StatusCode is HttpStatusCode.OK, "the API does not find its way back to PostgreSQL");
        using var after = await admin.GetAsync($"{tenant.Path}/documents");
        Assert.Equal([kept.IdOf()], (await after.ReadDataAsync()).GetProperty("documents").EnumerateArray().Select(document => document.IdOf()));
    }

    [Fact]
    public async Task Slow_it_is_waited_for()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var door = Open(out var settings);
        await using var api = app.StartApi(settings);
        using var viewer = api.NewClient((await tenant.AddAsync(TenantRole.Viewer)).AccessToken);

        door.Put(Fault.Slow);
        using var read = await viewer.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    // Of the control database and of the tenants': both are behind one address.
    private Door Open(out Dictionary<string, string?> settings)
    {
        var direct = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        var door = Door.To(direct.Port);
        settings = new() { ["ConnectionStrings:saas-platform"] = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = door.Port }.ConnectionString };
        return door;
    }
}
