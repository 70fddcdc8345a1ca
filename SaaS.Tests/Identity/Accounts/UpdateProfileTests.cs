using System.Net.Http.Json;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Accounts;

public sealed class UpdateProfileTests(SaaSApp app)
{
    [Fact]
    public async Task A_name_is_changed_and_omitted_fields_are_kept()
    {
        var user = await TestUser.RegisterAsync(app);
        using var answer = await user.Http.PutAsJsonAsync("/api/users/me", new { last_name = "  Kovalevskaya-Ковалевская " });
        var profile = await answer.ReadDataAsync();

        Assert.Equal(
            ("Ada", "Kovalevskaya-Ковалевская"),
            (profile.GetProperty("first_name").GetString(), profile.GetProperty("last_name").GetString())
        );
    }

    [Theory]
    [InlineData("""{"email": "other@example.com"}""", "email")]
    [InlineData("""{"password": "Engine1844"}""", "password")]
    [InlineData("""{"first_name": null}""", "first_name")]
    [InlineData("""{"first_name": ""}""", "first_name")]
    [InlineData("""{"first_name": "  "}""", "first_name")]
    [InlineData("""{"last_name": 7}""", "last_name")]
    public async Task A_field_that_cannot_be_changed_is_rejected_by_name(string body, string field)
    {
        var user = await TestUser.RegisterAsync(app);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await user.Http.PutAsync("/api/users/me", content);

        Assert.Equal([field], await answer.ReadFieldsAsync());
    }

    [Fact]
    public async Task An_empty_change_is_rejected_with_400()
    {
        var user = await TestUser.RegisterAsync(app);
        using var answer = await user.Http.PutAsJsonAsync("/api/users/me", new { });
        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }
}
