using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>
/// Tests that the media type is detected from the content, and that the declared type is used only where the content allows it.
/// </summary>
public sealed class MediaTypeTests(SaaSApp app)
{
    private static readonly byte[] Zip = [0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0, 0];

    public static TheoryData<string, byte[], string, string> Taken() =>
        new()
        {
            { "a picture that is called a document", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1], "application/pdf", "image/png" },
            { "a document that is called a picture", [.. "%PDF-1.4"u8], "image/png", "application/pdf" },
            { "a table in words", [.. "a;b\r\n1;2\r\n"u8], "text/csv", "text/csv" },
            { "words in another encoding", [.. "Gr"u8, 0xF6, 0xDF, .. "e;1\n"u8], "text/csv", "text/csv" },
            { "words that are called a document", [.. "hello"u8], "application/pdf", "text/plain" },
            { "words that are called nothing", [.. "hello"u8], "application/octet-stream", "text/plain" },
            { "words that are called a page", [.. "hello"u8], "text/html", "text/plain" },
            { "JSON", [.. "{\"a\": 1}"u8], "application/json", "application/json" },
            { "XML that is called a drawing", [.. "<?xml version=\"1.0\"?><svg/>"u8], "image/svg+xml", "image/svg+xml" },
            { "XML that is called words", [.. "<?xml version=\"1.0\"?><a/>"u8], "text/plain", "application/xml" },
            {
                "a text document of an office",
                [.. Zip, .. "[Content_Types].xml word/document.xml"u8],
                "application/octet-stream",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            },
            {
                "an archive that may be one",
                [.. Zip, .. "[Content_Types].xml"u8],
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            },
            {
                "an old document of an office",
                [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0],
                "application/msword",
                "application/msword"
            },
            { "nothing that is known", [0, 1, 2, 3], "application/octet-stream", "application/octet-stream" },
            { "nothing that is known, called words", [0, 1, 2, 3], "text/plain", "application/octet-stream" },
            { "a drawing of a machine", [.. "AC1032"u8, 0, 0], "image/vnd.dwg", "image/vnd.dwg" },
            { "a type that has no signature", [0, 1, 2, 3], "model/vnd.collada", "model/vnd.collada" },
        };

    public static TheoryData<string, byte[], string> Refused() =>
        new()
        {
            { "a program of Windows", [.. "MZ"u8, 0x90, 0], "application/pdf" },
            { "a program of Linux", [0x7F, 0x45, 0x4C, 0x46, 2], "application/octet-stream" },
            { "a program under its own name", [.. "MZ"u8, 0x90, 0], "application/vnd.microsoft.portable-executable" },
            { "a script", [.. "#!/bin/sh\n"u8], "text/plain" },
            { "a page", [.. "\n  <!DOCTYPE html><script>1</script>"u8], "text/plain" },
            { "a page in XML", [.. "<?xml version=\"1.0\"?><html xmlns=\"x\"/>"u8], "image/svg+xml" },
            { "a type that is not on the list", [.. "var x"u8], "application/javascript" },
        };

    [Theory]
    [MemberData(nameof(Taken))]
    public async Task The_media_type_is_detected_from_the_content(string what, byte[] content, string called, string expected)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var form = TestTenant.FormOf(content, "x.bin", called);
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);

        Assert.Equal((what, expected), (what, (await answer.ReadDataAsync(HttpStatusCode.Created)).GetProperty("mime_type").GetString()));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Content_of_a_disallowed_type_is_rejected_whatever_its_declared_type(string what, byte[] content, string called)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var form = TestTenant.FormOf(content, "harmless.pdf", called);
        using var answer = await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", form);

        Assert.Equal((what, "FILE_TYPE_NOT_ALLOWED"), (what, await answer.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType)));
        Assert.Empty(tenant.Objects);
    }

    [Fact]
    public async Task The_list_of_allowed_types_is_configurable()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new() { ["Uploads:AllowedTypes"] = "application/pdf, image/*" });
        using var client = api.NewClient(tenant.Admin.AccessToken);
        using var pdf = await client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("%PDF-1.7"u8.ToArray()));
        using var gif = await client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("GIF89a"u8.ToArray()));
        using var text = await client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("text"u8.ToArray()));

        Assert.Equal(
            (HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.UnsupportedMediaType),
            (pdf.StatusCode, gif.StatusCode, text.StatusCode)
        );
    }
}
