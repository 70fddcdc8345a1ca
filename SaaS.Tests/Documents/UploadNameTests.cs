using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>Tests that names of uploaded files, as clients encode them in the form, are either read completely or rejected.</summary>
public sealed class UploadNameTests(SaaSApp app)
{
    [Theory]
    [InlineData("""filename="my \"quoted\" file.txt" """, """my "quoted" file.txt""")]
    [InlineData("""filename="C:\path\x.txt" """, "x.txt")]
    [InlineData("""filename="C:\\path\\x.txt" """, "x.txt")]
    [InlineData("""filename="\\server\share\x.txt" """, "x.txt")]
    [InlineData("""filename="folder/x.txt" """, "x.txt")]
    [InlineData("""filename="Übersicht 文件.txt" """, "Übersicht 文件.txt")]
    [InlineData("""filename=plain.txt""", "plain.txt")]
    [InlineData("""filename="x.txt"; filename*=UTF-8''%C3%9Cbersicht.txt""", "Übersicht.txt")]
    [InlineData("""filename="a;b=c.txt" """, "a;b=c.txt")]
    [InlineData("""filename="100%.txt" """, "100%.txt")]
    public async Task A_filename_is_parsed_completely(string parameter, string expected)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await UploadAsync(tenant, $"form-data; name=\"file\"; {parameter.Trim()}");
        Assert.Equal(expected, (await answer.ReadDataAsync(HttpStatusCode.Created)).GetProperty("filename").GetString());
    }

    [Theory]
    [InlineData("""filename="AC\\DC.txt" """)]
    [InlineData("""filename="AC\DC.txt" """)]
    [InlineData("""filename="my "quoted" file.txt" """)]
    [InlineData("""filename="open""")]
    [InlineData("filename=\"caf\u00e9.txt\"", true)]
    [InlineData("""filename=" " """)]
    public async Task An_ambiguous_or_invalid_filename_is_rejected_and_never_truncated(string parameter, bool isLatin1 = false)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await UploadAsync(
            tenant,
            $"form-data; name=\"file\"; {parameter.Trim()}",
            encoding: isLatin1 ? Encoding.Latin1 : null
        );
        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Empty_form_fields_are_ignored()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var answer = await UploadAsync(tenant, "form-data; name=\"file\"; filename=\"own.txt\"", ("filename", ""), ("mime_type", ""));
        var document = await answer.ReadDataAsync(HttpStatusCode.Created);
        Assert.Equal(
            ("own.txt", "text/plain"),
            (document.GetProperty("filename").GetString(), document.GetProperty("mime_type").GetString())
        );
    }

    [Fact]
    public async Task A_form_field_that_is_malformed_too_long_or_repeated_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        const string File = "form-data; name=\"file\"; filename=\"own.txt\"";
        using var latin1 = await UploadAsync(tenant, File, Encoding.Latin1, ("filename", "caf\u00e9.txt"));
        using var twice = await UploadAsync(tenant, File, ("filename", "a.txt"), ("filename", "b.txt"));
        using var tooLong = await UploadAsync(tenant, File, ("filename", $"a.txt{new string(' ', 5_000)}"));

        foreach (var answer in (HttpResponseMessage[])[latin1, twice, tooLong])
        {
            Assert.Equal(["filename"], await answer.ReadFieldsAsync());
        }
    }

    private static Task<HttpResponseMessage> UploadAsync(
        TestTenant tenant,
        string disposition,
        params (string Name, string Value)[] fields
    ) => UploadAsync(tenant, disposition, encoding: null, fields);

    private static async Task<HttpResponseMessage> UploadAsync(
        TestTenant tenant,
        string disposition,
        Encoding? encoding,
        params (string Name, string Value)[] fields
    )
    {
        var form = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            form.Append($"--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }

        form.Append($"--x\r\nContent-Disposition: {disposition}\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--x--\r\n");
        using var content = new ByteArrayContent((encoding ?? Encoding.UTF8).GetBytes(form.ToString()));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        return await tenant.Admin.Http.PostAsync($"{tenant.Path}/documents", content);
    }
}
