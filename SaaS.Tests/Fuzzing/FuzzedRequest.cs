using System.Text;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>A complete request that can be sent and printed.</summary>
/// <param name="Target">Path and query.</param>
internal sealed record FuzzedRequest(
    ApiOperation Operation,
    FuzzedCaller Caller,
    string Target,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    string? ContentType,
    byte[]? Body
)
{
    private const int Large = 64 * 1024;

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(Operation.Method), Target);
        if (Caller.AccessToken is { } token)
        {
            message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            // Rejected before it is sent; otherwise the response would be lost with the connection.
            message.Headers.ExpectContinue = Body.Length > Large;
            if (ContentType is not null)
            {
                message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
            }
        }

        return message;
    }

    /// <summary>Formats the request as a command line; the token is that of the named client.</summary>
    public string ToCurl()
    {
        var command = new StringBuilder();
        if (Body is not null)
        {
            command.Append("echo ").Append(Convert.ToBase64String(Body)).Append(" | base64 -d | ");
        }

        command.Append("curl -i -X ").Append(Operation.Method).Append(" \"$API").Append(Target).Append('"');
        if (Caller.AccessToken is not null)
        {
            command.Append(" -H \"Authorization: Bearer $TOKEN\"");
        }

        foreach (var (name, value) in Headers)
        {
            command.Append(" -H '").Append(name).Append(": ").Append(value).Append('\'');
        }

        if (Body is not null)
        {
            command.Append(" -H 'Content-Type:").Append(ContentType is null ? "" : $" {ContentType}").Append("' --data-binary @-");
        }

        return $"# as {Caller.Name}\n{command}";
    }
}
