using System.Net.Sockets;
using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Http;

/// <summary>Tests that a client is disconnected when it sends so slowly that it only holds a connection.</summary>
public sealed class SlowClientTests(SaaSApp app)
{
    private static readonly Dictionary<string, string?> Impatient = new()
    {
        ["Requests:HeaderTimeout"] = "00:00:01",
        ["Requests:BodyGrace"] = "00:00:02",
        ["Requests:MinBodyBytesPerSecond"] = "1000",
    };

    [Theory]
    [InlineData("GET /api/users/me HTTP/1.1\r\nHost: loc")] // the headers never end
    // The body never comes.
    [InlineData("POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")]
    public async Task A_stalled_request_is_rejected_with_408(string beginning)
    {
        await using var api = app.StartApi(Impatient);
        var (status, _) = await RawRequest.SendAsync(api, beginning);

        Assert.Equal(408, status);
    }

    [Fact]
    public async Task An_upload_below_the_minimum_rate_is_aborted_and_stores_nothing()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(Impatient);
        using var connection = new TcpClient();
        await connection.ConnectAsync(api.ClientOptions.BaseAddress.Host, api.ClientOptions.BaseAddress.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {tenant.Path}/documents HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {tenant.Admin.AccessToken}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"slow.txt\"\r\n\r\n"
            )
        );

        using var answer = new StreamReader(stream);
        var told = answer.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await stream.WriteAsync("a"u8.ToArray()); // about fifty bytes a second
                }
                catch (IOException)
                {
                    return true; // disconnected
                }

                return told.IsCompleted;
            },
            "the upload is waited for"
        );

        Assert.StartsWith("HTTP/1.1 408", await told, StringComparison.Ordinal);
        Assert.Empty(tenant.Objects);
    }
}
