using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>A raw HTTP request, for requests that no client library would send.</summary>
internal static class RawRequest
{
    /// <summary>Sends the text, each character as one byte, and reads until the server closes the connection.</summary>
    /// <returns>The status, and everything received.</returns>
    public static async Task<(int Status, string Text)> SendAsync(ApiUnderTest api, string text)
    {
        var address = api.ClientOptions.BaseAddress;
        using var connection = new TcpClient();
        await connection.ConnectAsync(address.Host, address.Port);
        var stream = connection.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (IOException)
        {
            // Rejected before the end was sent: the response can still be read.
        }

        using var answer = new StreamReader(stream, Encoding.Latin1);
        var received = new StringBuilder();
        try
        {
            while (await answer.ReadLineAsync() is { } line)
            {
                received.AppendLine(line);
            }
        }
        catch (IOException)
        {
            // Reset by the server, which has not read everything that was sent.
        }

        var whole = received.ToString();
        Assert.StartsWith("HTTP/1.1 ", whole, StringComparison.Ordinal);
        return (int.Parse(whole.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), whole);
    }

    /// <summary>Sends a GET request for a path without normalizing it.</summary>
    public static Task<(int Status, string Text)> GetAsync(ApiUnderTest api, string path, string headers = "") =>
        SendAsync(api, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
}
