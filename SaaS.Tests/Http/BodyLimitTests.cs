using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests bodies that are too large, nested too deeply or compressed.</summary>
public sealed class BodyLimitTests(SaaSApp app)
{
    [Fact]
    public async Task A_chunked_body_over_a_megabyte_is_rejected_with_413()
    {
        var chunk = $"4000\r\n{new string(' ', 0x4000)}\r\n";
        var (status, _) = await RawRequest.SendAsync(
            app.Api,
            $"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{string.Concat(Enumerable.Repeat(chunk, 100))}0\r\n\r\n"
        );

        Assert.Equal(413, status);
    }

    [Theory]
    [InlineData("/api/auth/login", "{0}")]
    [InlineData("/api/auth/login", "{{\"email\": {0}}}")]
    [InlineData("/api/demo/kafka/produce", "{{\"topic\": \"deep\", \"message\": {{\"deep\": {0}}}}}")]
    public async Task A_body_nested_too_deeply_is_rejected_with_400(string path, string format)
    {
        var user = await TestUser.RegisterAsync(app);
        var deep = string.Format(
            System.Globalization.CultureInfo.InvariantCulture,
            format,
            $"{new string('[', 100_000)}{new string(']', 100_000)}"
        );
        using var answer = await user.Http.PostAsync(path, new StringContent(deep, Encoding.UTF8, "application/json"));

        Assert.Equal("BAD_REQUEST", await answer.ReadProblemAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task A_compressed_body_is_rejected_with_415(string encoding)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[10_000_000]); // ten megabytes when decompressed
        }

        using var client = app.NewClient();
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        content.Headers.Add("Content-Encoding", encoding);
        using var answer = await client.PostAsync("/api/auth/login", content);

        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", await answer.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType));
    }
}
