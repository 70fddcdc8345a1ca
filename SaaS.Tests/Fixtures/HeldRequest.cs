using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>An authorized request whose body stays half sent until the test sends the rest.</summary>
internal sealed class HeldRequest : IDisposable
{
    private readonly TcpClient _connection;
    private readonly byte[] _body;
    private readonly int _sent;

    private HeldRequest(TcpClient connection, byte[] body, int sent) => (_connection, _body, _sent) = (connection, body, sent);

    /// <summary>Sends the headers, waits until the server asks for the body, and sends half of it.</summary>
    public static Task<HeldRequest> OpenAsync(ApiUnderTest api, HttpRequestMessage request, string accessToken) =>
        OpenWithAsync(api, request, $"Authorization: Bearer {accessToken}");

    /// <summary>Does the same for a caller that other headers authenticate.</summary>
    public static async Task<HeldRequest> OpenWithAsync(ApiUnderTest api, HttpRequestMessage request, string headers)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync();
        var connection = new TcpClient();
        await connection.ConnectAsync(api.ClientOptions.BaseAddress.Host, api.ClientOptions.BaseAddress.Port);
        var stream = connection.GetStream();
        var head =
            $"{request.Method} {request.RequestUri} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
            + $"Content-Type: {request.Content?.Headers.ContentType}\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        var asked = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await stream.ReadExactlyAsync(asked);
        // The server reads the body: the caller has been authorized.
        Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(asked), StringComparison.Ordinal);
        await stream.WriteAsync(body.AsMemory(0, body.Length / 2));
        return new HeldRequest(connection, body, body.Length / 2);
    }

    /// <summary>Sends the rest of the body.</summary>
    /// <returns>The status and the text of the response.</returns>
    public async Task<(int Status, string Text)> FinishAsync()
    {
        var stream = _connection.GetStream();
        try
        {
            await stream.WriteAsync(_body.AsMemory(_sent));
        }
        catch (IOException)
        {
            // Rejected before the end was sent.
        }

        return await ReadAsync();
    }

    /// <summary>Reads the response without sending anything more.</summary>
    public async Task<(int Status, string Text)> ReadAsync()
    {
        using var answer = new StreamReader(_connection.GetStream(), Encoding.UTF8, leaveOpen: true);
        var status = await answer.ReadLineAsync();
        Assert.StartsWith("HTTP/1.1 ", status, StringComparison.Ordinal);
        var text = new StringBuilder();
        try
        {
            while (await answer.ReadLineAsync() is { } line)
            {
                text.AppendLine(line);
            }
        }
        catch (IOException)
        {
            // Reset by the server, which has not read everything that was sent.
        }

        return (int.Parse(status.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), text.ToString());
    }

    public void Dispose() => _connection.Dispose();
}
