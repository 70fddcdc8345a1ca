using System.Net.Http.Json;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Accounts;

/// <summary>
/// Tests names of people, tenants and documents: every endpoint accepts only a single line without misleading characters and stores it in
/// one normal form.
/// </summary>
public sealed class NameSpellingTests(SaaSApp app)
{
    public static TheoryData<string> Bad =>
        [
            " ",
            "\u00A0\u3000",
            "\u200D",
            "\u200C\u200D",
            "\u0301",
            "\u0301\u0308",
            "\u0301Ada",
            "\u3164",
            "\u2800",
            "\u115F\u1160",
            "\uFE0F",
            "Ada\u202Egpj",
            "\u202EAda",
            "Ada\u2066",
            "Ada\u200F",
            "Ada\u061C",
            "Ada\u200BLovelace",
            "Ada\u2060",
            "Ada\uFEFFLovelace",
            "Ada\u00ADLovelace",
            "Ada\u2028Lovelace",
            "Ada\u2029Lovelace",
            "Ada\nLovelace",
            "Ada\tLovelace",
            "Ada\u0000",
            "Ada\u0085",
            "Ada\u007F",
            "Ada\u200D",
            "\u200CAda",
            "Ada \u200DLovelace",
            "Ada\u200D\u200CLovelace",
            "A\U000E0041da",
        ];

    /// <summary>Names as they are sent, and as they are returned.</summary>
    public static TheoryData<string, string> Good =>
        new()
        {
            { "Žofie", "Žofie" },
            { "Z\u030Cofie", "Žofie" },
            { "  Ada Lovelace  ", "Ada Lovelace" },
            { "李 明", "李 明" },
            { "می\u200Cخواهم", "می\u200Cخواهم" },
            { "ක\u0DCA\u200Dෂ", "ක\u0DCA\u200Dෂ" },
            { "👩\u200D💻", "👩\u200D💻" },
            { "❤\uFE0F\u200D🔥", "❤\uFE0F\u200D🔥" },
            { "D’Arcy-O'Neil", "D’Arcy-O'Neil" },
            { "\uAC00", "\uAC00" },
            { "\u1100\u1161", "\uAC00" },
            { "\u212B", "\u00C5" },
            { "Nguye\u0302\u0303n", "Nguyễn" },
            { "…", "…" },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_name_with_invisible_characters_is_rejected_everywhere(string name)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync([1], "own.txt")).IdOf();
        foreach (var (field, send) in Routes(tenant, document))
        {
            using var answer = await send(name);
            var fields = (await answer.ReadAsync(HttpStatusCode.BadRequest)).GetProperty("error").GetProperty("details");
            var message = Assert.Single(fields.GetProperty(field).EnumerateArray()).GetString()!;
            Assert.True(
                message.Contains("joiners (U+200C, U+200D) inside a word", StringComparison.Ordinal)
                    || (string.IsNullOrWhiteSpace(name) && message == "Missing data for required field."),
                message
            );
        }

        using var bulk = await BulkAsync(tenant, document, name);
        Assert.Equal(HttpStatusCode.BadRequest, bulk.StatusCode);
        using var form = await UploadAsync(tenant, name);
        Assert.Equal(["filename"], await form.ReadFieldsAsync());
    }

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_name_of_any_script_is_returned_in_one_normal_form(string name, string expected)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = (await tenant.UploadAsync([1], "own.txt")).IdOf();
        foreach (var (field, send) in Routes(tenant, document))
        {
            using var answer = await send(name);
            Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri}: {await answer.Content.ReadAsStringAsync()}");
            Assert.Equal(expected, Find(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement, field));
        }

        using var bulk = await BulkAsync(tenant, document, name);
        Assert.Equal(HttpStatusCode.OK, bulk.StatusCode);
        using var form = await UploadAsync(tenant, name);
        Assert.Equal(expected, (await form.ReadDataAsync(HttpStatusCode.Created)).GetProperty("filename").GetString());
        using var listed = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents");
        Assert.All(
            (await listed.ReadDataAsync()).GetProperty("documents").EnumerateArray(),
            one => Assert.Equal(expected, one.GetProperty("filename").GetString())
        );
    }

    // Every endpoint with a name in its body, and the field that contains it.
    private IEnumerable<(string Field, Func<string, Task<HttpResponseMessage>> Send)> Routes(TestTenant tenant, Guid document)
    {
        var http = tenant.Admin.Http;
        yield return ("first_name", name => RegisterAsync(name, "Lovelace"));
        yield return ("last_name", name => RegisterAsync("Ada", name));
        yield return ("first_name", name => http.PutAsJsonAsync("/api/users/me", new { first_name = name }));
        yield return ("last_name", name => http.PatchAsJsonAsync("/api/users/me", new { last_name = name }));
        yield return ("name", name => http.PostAsJsonAsync("/api/tenants", new { name }));
        yield return ("name", name => http.PutAsJsonAsync(tenant.Path, new { name }));
        yield return ("name", name => http.PatchAsJsonAsync(tenant.Path, new { name }));
        yield return ("filename", name => http.PutAsJsonAsync($"{tenant.Path}/documents/{document}", new { filename = name }));
        yield return ("filename", name => http.PatchAsJsonAsync($"{tenant.Path}/documents/{document}", new { filename = name }));
    }

    private async Task<HttpResponseMessage> RegisterAsync(string first, string last)
    {
        using var client = app.NewClient();
        return await client.PostAsJsonAsync(
            "/api/auth/register",
            new
            {
                first_name = first,
                last_name = last,
                email = TestUser.NewEmail(),
                password = TestUser.Password,
            }
        );
    }

    private static Task<HttpResponseMessage> BulkAsync(TestTenant tenant, Guid document, string name) =>
        tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/documents/bulk-update",
            new { documents = new[] { new { document_id = document, filename = name } } }
        );

    private static async Task<HttpResponseMessage> UploadAsync(TestTenant tenant, string name)
    {
        using var form = TestTenant.FormOf([2], "own.txt");
        form.Add(new StringContent(name), "filename");
        return await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);
    }

    private static string? Find(JsonElement answer, string field) =>
        answer.TryGetProperty("user", out var user)
            ? user.GetProperty(field).GetString()
            : answer.GetProperty("data").GetProperty(field).GetString();
}
