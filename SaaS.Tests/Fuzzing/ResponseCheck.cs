using System.Globalization;
using System.Text;
using System.Text.Json;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>Checks the rules that every response must follow, whatever the request.</summary>
internal sealed class ResponseCheck(JsonElement document, FuzzedStage stage)
{
    /// <summary>
    /// Operations authorized by something other than the client: a password signs in as its owner, and a link is valid for anyone who has
    /// it.
    /// </summary>
    private static readonly string[] OpenToProofs = ["POST /api/auth/login", "GET /api/downloads"];

    private readonly ResponseSchema _schema = new(document);

    /// <returns>The fault of the response; null if it has none.</returns>
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

    // Malformed HTTP does not reach our code: Kestrel rejects it with an empty 400 and closes the connection.
    private static bool IsRefusedByTheServer(FuzzedRequest request, int status, byte[] body) =>
        status == 400 && body.Length == 0 && request.Target.Contains("%00", StringComparison.Ordinal);

    // Where 412 is declared, 304 is allowed as well: it is not declared itself, because client generators would take it for the response.
    private static bool IsUnchanged(FuzzedRequest request, int status, byte[] body) =>
        status == 304 && body.Length == 0 && request.Operation.Description.GetProperty("responses").TryGetProperty("412", out _);

    // An unavailable backing service of our own is a fault: the fuzzing makes only an SSO provider and a name server unavailable.
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

        // Declared as bytes: the content type is that of the stored document.
        return content.TryGetProperty("*/*", out _)
            ? null
            : $"the content type is {type ?? "missing"} instead of {string.Join(" or ", content.EnumerateObject().Select(one => one.Name))}";
    }
}
