using System.Text;
using System.Text.Json;
using CsCheck;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Fuzzing;

/// <summary>Generates requests from the OpenAPI document: half of them valid, half of them with one fault.</summary>
internal sealed class RequestGenerator(IReadOnlyList<ApiOperation> operations, FuzzedStage stage, Dice dice)
{
    private const int TooLargeBody = 1_200_000;

    private static readonly string[] BrokenIds =
    [
        "not-an-id",
        "0",
        "%00",
        "%ff%fe",
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%201=1--",
        "%F0%9F%92%A3",
        "{}",
        new string('a', 3_000),
        "00000000-0000-0000-0000-000000000000",
    ];

    private static readonly string[] BrokenValues =
    [
        "",
        "%00",
        "-1",
        "0",
        "2147483648",
        "99999999999999999999",
        "1e400",
        "NaN",
        "true",
        "null",
        "%ff",
        "'%3B--",
        "2026-13-45",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "a%0Ab",
        new string('x', 2_000),
    ];

    private static readonly string[] ContentTypes =
    [
        "text/plain",
        "application/xml",
        "application/json; charset=nonsense",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "nonsense",
        "application/json",
    ];

    private static readonly KeyValuePair<string, string>[] Headers =
    [
        new("Accept", "application/xml"),
        new("Accept", "nonsense"),
        new("Accept-Language", "x-klingon"),
        new("Range", "bytes=0-3"),
        new("Range", "bytes=999999-"),
        new("Range", "nonsense"),
        new("If-None-Match", "*"),
        new("If-Match", "\"nothing\""),
        new("If-Modified-Since", "yesterday"),
        new("X-Forwarded-For", "not an address"),
        new("Content-Encoding", "gzip"),
        new("User-Agent", new string('u', 4_000)),
        new("Cookie", "a=b; =; ;"),
        new("Origin", "null"),
        new("Traceparent", "00-nonsense"),
        new("Authorization", "Bearer nonsense"),
        new("Authorization", "Basic Og=="),
    ];

    private readonly JsonBodies _bodies = new(dice);

    public FuzzedRequest Next()
    {
        var operation = dice.OneOf(operations);
        var currentUser = dice.OneOf(dice.Chance(50) ? stage.WhoMay(operation) : stage.Callers);
        var isBroken = dice.Chance(50);
        var target = TargetOf(operation, currentUser, isBroken && dice.Chance(30), isBroken && dice.Chance(40));
        IReadOnlyList<KeyValuePair<string, string>> headers = dice.Chance(15) ? [dice.OneOf(Headers)] : [];
        var (type, body) =
            operation.Bodies.Count == 0 ? (null, null)
            : operation.Bodies.Contains("multipart/form-data") ? Form(currentUser, isBroken)
            : Json(operation, currentUser, isBroken);
        return new FuzzedRequest(operation, currentUser, target, headers, type, body);
    }

    private string TargetOf(ApiOperation operation, FuzzedCaller currentUser, bool breaksPath, bool breaksQuery)
    {
        var path = operation.PathParameters.Aggregate(
            operation.Path,
            (text, name) =>
                text.Replace($"{{{name}}}", breaksPath ? dice.OneOf(BrokenIds) : IdOf(name, currentUser), StringComparison.Ordinal)
        );
        var query = operation
            .QueryParameters.Where(_ => dice.Chance(30))
            .ToList()
            .Select(name =>
                $"{name}={(breaksQuery ? dice.OneOf(BrokenValues) : Uri.EscapeDataString(_bodies.TextOf(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), currentUser)))}"
            );
        return $"{path}?{string.Join('&', query)}".TrimEnd('?');
    }

    private string IdOf(string name, FuzzedCaller currentUser)
    {
        var key = name is "userId" ? "member" : JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
        var from = dice.Chance(75) ? currentUser.Home ?? currentUser.Other : currentUser.Other;
        return name is "name" or "service" && dice.Chance(80)
                ? dice.OneOf((string[])["check-health", "purge-mailed-links", "postgres", "redis", "dead-letters", "nothing"])
            : from.Values.TryGetValue(key, out var known) && dice.Chance(90) ? dice.OneOf(known)
            : dice.NewId().ToString();
    }

    private (string? Type, byte[]? Body) Json(ApiOperation operation, FuzzedCaller currentUser, bool isBroken)
    {
        var schema = operation
            .Description.GetProperty("requestBody")
            .GetProperty("content")
            .GetProperty("application/json")
            .GetProperty("schema");
        var body = _bodies.ValueOf(schema, operation.Document, "", currentUser);
        var text = body?.ToJsonString() ?? "null";
        return !isBroken
            ? ("application/json", Encoding.UTF8.GetBytes(text))
            : dice.Below(12) switch
            {
                0 => (null, null),
                1 => (dice.OneOf(ContentTypes), Encoding.UTF8.GetBytes(text)),
                2 => ("application/json", Encoding.UTF8.GetBytes(text[..dice.Below(text.Length)])),
                3 => ("application/json", dice.Roll(Gen.Byte.Array[0, 60])),
                4 => (
                    "application/json",
                    Encoding.UTF8.GetBytes(
                        dice.OneOf(
                            (string[])
                                [
                                    "[]",
                                    "1",
                                    "\"text\"",
                                    "null",
                                    "{",
                                    "{\"a\":1,\"a\":2}",
                                    "\ufeff{}",
                                    string.Concat(Enumerable.Repeat("[", 400)),
                                ]
                        )
                    )
                ),
                5 when dice.Chance(10) => ("application/json", new byte[TooLargeBody]),
                _ => ("application/json", _bodies.Break(body)),
            };
    }

    private (string? Type, byte[]? Body) Form(FuzzedCaller currentUser, bool isBroken)
    {
        const string Boundary = "fuzzed";
        var content =
            dice.OneOf((string[])["%PDF-1.7\n", "plain text ", "", "PK\u0003\u0004", "<svg onload=alert(1)>"])
            + currentUser.Marker
            + (dice.Chance(30) ? "" : dice.Below(1_000));
        var name = isBroken
            ? dice.OneOf((string[])["../../etc/passwd", "a\\b", "\u0000.pdf", new string('n', 400), "", "\u202e.pdf", "a\"b"])
            : $"{currentUser.Marker}-{dice.Below(100)}.pdf";
        var disposition = dice.Chance(isBroken ? 20 : 0)
            ? "form-data"
            : $"form-data; name=\"{(dice.Chance(isBroken ? 20 : 0) ? "other" : "file")}\"; filename=\"{name}\"";
        var part =
            $"--{Boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {(dice.Chance(isBroken ? 20 : 0) ? "nonsense" : "application/pdf")}\r\n\r\n{content}\r\n";
        var field = dice.Chance(40)
            ? $"--{Boundary}\r\nContent-Disposition: form-data; name=\"{dice.OneOf((string[])["filename", "mime_type", "unknown"])}\"\r\n\r\n{currentUser.Marker}.pdf\r\n"
            : "";
        var whole = Encoding.UTF8.GetBytes($"{part}{field}--{Boundary}--\r\n");
        return !isBroken
            ? ($"multipart/form-data; boundary={Boundary}", whole)
            : dice.Below(6) switch
            {
                0 => (dice.OneOf(ContentTypes), whole),
                1 => ($"multipart/form-data; boundary={Boundary}", whole[..dice.Below(whole.Length)]),
                2 => ($"multipart/form-data; boundary={new string('b', 200)}", whole),
                3 => (null, null),
                _ => ($"multipart/form-data; boundary={Boundary}", whole),
            };
    }
}
