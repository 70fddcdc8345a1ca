using System.Globalization;
using System.Text;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>What must hold of every answer, whatever was asked.</summary>
internal sealed class AnswerCheck(JsonElement document, FuzzedStage stage)
{
    /// <summary>Where something else than the caller opens: whoever has somebody's password is them, and a link is for anybody.</summary>
    private static readonly string[] OpenToProofs = ["POST /api/auth/login", "GET /api/downloads"];

    private readonly AnswerSchema _schema = new(document);

    /// <returns>What is wrong with the answer; null when nothing is.</returns>
    public string? FindFault(FuzzedRequest request, HttpResponseMessage answer, byte[] body)
    {
        var status = (int)answer.StatusCode;
        var text = Encoding.UTF8.GetString(body);
        if (IsRefusedByTheServer(request, status, body) || IsUnchanged(request, status, body))
        {
            return null;
        }

        if (status >= 500 && !IsDeclaredAbsence(request.Operation, text))
        {
            return $"{status} {text}";
        }

        if (
            !request.Caller.SeesAll
            && !OpenToProofs.Contains(request.Operation.Name)
            && stage.Markers.FirstOrDefault(marker => marker != request.Caller.Marker && text.Contains(marker, StringComparison.Ordinal))
                is { } foreign
        )
        {
            return $"'{foreign}' was shown to who may not see it: {text}";
        }

        return request
            .Operation.Description.GetProperty("responses")
            .TryGetProperty(status.ToString(CultureInfo.InvariantCulture), out var declared)
            ? FindFaultOfBody(declared, answer.Content.Headers.ContentType?.MediaType, body, text) is { } fault
                ? $"{status}: {fault}: {text}"
                : null
            : $"{status} is not declared: {text}";
    }

    // What is no HTTP comes to none of our code: Kestrel refuses it with a bare 400, and says so by closing the connection.
    private static bool IsRefusedByTheServer(FuzzedRequest request, int status, byte[] body) =>
        status == 400 && body.Length == 0 && request.Target.Contains("%00", StringComparison.Ordinal);

    // Where conditions are declared (412), 304 belongs to them: it is not declared beside it, because generators of clients would take it for the answer.
    private static bool IsUnchanged(FuzzedRequest request, int status, byte[] body) =>
        status == 304 && body.Length == 0 && request.Operation.Description.GetProperty("responses").TryGetProperty("412", out _);

    // An engine of ours that is away is none of these: nothing here takes one away but a provider's and a name server's.
    private static bool IsDeclaredAbsence(ApiOperation operation, string text) =>
        text.StartsWith('{')
        && JsonDocument.Parse(text).RootElement.TryGetProperty("error", out var error)
        && error.GetProperty("code").GetString() is { } code and ("SSO_PROVIDER_AWAY" or "NAME_SERVER_AWAY" or "SCHEDULER_AWAY")
        && operation.Description.GetProperty("responses").GetRawText().Contains(code, StringComparison.Ordinal);

    private string? FindFaultOfBody(JsonElement declared, string? type, byte[] body, string text)
    {
        if (!declared.TryGetProperty("content", out var content))
        {
            return body.Length == 0 ? null : $"{type} where no body is declared";
        }

        if (type is not null && content.TryGetProperty(type, out var media))
        {
            return
                type.EndsWith("json", StringComparison.Ordinal)
                && type != "application/x-ndjson"
                && media.TryGetProperty("schema", out var schema)
                ? _schema.FindFault(schema, JsonDocument.Parse(text).RootElement)
                : null;
        }

        // Declared as bytes: of whatever type the document is that they are of.
        return content.TryGetProperty("*/*", out _)
            ? null
            : $"the content type is {type ?? "missing"} instead of {string.Join(" or ", content.EnumerateObject().Select(one => one.Name))}";
    }
}
