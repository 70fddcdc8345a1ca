using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaaS.Tests.Fixtures;
using SaaS.Tests.Fuzzing;

namespace SaaS.Tests.Http;

/// <summary>
/// Tests that the API accepts exactly the requests that the OpenAPI document allows, at the limits of the schema of each body field and
/// each query parameter. The examples of the document are sent as well.
/// </summary>
public sealed class RequestSchemaTests(SaaSApp app)
{
    /// <summary>Rules that the schema of one field cannot express, each as a part of its error message.</summary>
    private static readonly string[] Beyond =
    [
        "Give either user_id or email.", // between two fields
        "Give either cursor or page.", // between two fields
        "Give either email or emails.", // between two fields
        "Give either token or invitation_id.", // between two fields
        "Must not contain an address twice.", // between items
        "Must be text without web addresses", // no regular expression recognizes all that mail programs turn into links
        "Pages end at entry ", // by the size of a page
        "Start again without it.", // known from the list
        "Names a document twice.", // between items
        "Is one of the most common passwords", // a list of thousands
        "Must be another password than before.", // between two fields
        "Must lead to an address of this product.", // known to the installation
        "Is needed with return_url", // between two fields
        "is already a member of the tenant", // known to the tenant
        "The content is ", // known from the stored bytes
        "Must not be longer than 16 KiB of JSON in all.", // of all fields together
        "the account has a second factor.", // known from the account
        "the account has no second factor.", // known from the account
        "Say what is to change", // at least one of all fields
        "The platform's limit is ", // known from the settings
        "of the service account.", // by the role of another resource
        "Must be networks in CIDR notation", // no regular expression recognizes host bits
    ];

    /// <summary>Operations that take access away from a user, so their examples run with users of their own.</summary>
    private static readonly string[] Endings = ["/logout", "/password", "/deactivate", "DELETE"];

    [Fact]
    public async Task Boundary_values_of_each_body_are_handled_as_documented()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var check = new ResponseSchema(every.Operations[0].Document);
        var (tried, faults) = (0, new List<string>());

        // Signing out comes last, because all operations share the same clients.
        foreach (
            var operation in every
                .Operations.Where(operation => operation.Bodies.Contains("application/json"))
                .OrderBy(operation => operation.Path.EndsWith("/logout", StringComparison.Ordinal))
        )
        {
            var media = operation.Description.GetProperty("requestBody").GetProperty("content").GetProperty("application/json");
            var example = JsonNode.Parse(media.GetProperty("example").GetRawText())!.AsObject();
            var schema = Followed(media.GetProperty("schema"), check);
            foreach (var (path, body) in EdgesOf(schema, example, check))
            {
                tried++;
                var element = JsonSerializer.SerializeToElement(body);
                var isRight = check.FindFault(schema, element) is null;
                using var request = every.RequestTo(operation);
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()))
                {
                    Headers = { ContentType = new("application/json") },
                };
                using var answer = await every.CallerOf(operation).SendAsync(request);
                var refusal = await RefusalOfAsync(answer);
                if (isRight != refusal is null)
                {
                    faults.Add(
                        $"{operation.Name} {path} {Shortened(body.ToJsonString())}: the document says {check.FindFault(schema, element) ?? "it is right"}, the API {refusal ?? "takes it"}"
                    );
                }
            }
        }

        Assert.True(tried > 500, $"only {tried} bodies were tried");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Boundary_values_of_each_query_parameter_are_handled_as_documented()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var check = new ResponseSchema(every.Operations[0].Document);
        var (tried, faults) = (0, new List<string>());

        foreach (var operation in every.Operations)
        {
            foreach (var parameter in ParametersOf(operation, "query"))
            {
                var schema = Followed(parameter.GetProperty("schema"), check);
                var isText = schema.GetProperty("type").GetRawText().Contains("\"string\"", StringComparison.Ordinal);
                foreach (
                    var value in EdgesOf(schema, JsonNode.Parse(parameter.GetProperty("example").GetRawText()))
                        .Where(value => value is not null and not JsonObject and not JsonArray)
                )
                {
                    tried++;
                    var text = value!.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
                    var isRight = check.FindFault(schema, JsonSerializer.SerializeToElement(isText ? text : value)) is null;
                    using var answer = await every
                        .CallerOf(operation)
                        .SendAsync(
                            every.RequestTo(operation, $"?{parameter.GetProperty("name").GetString()}={Uri.EscapeDataString(text)}")
                        );
                    var refusal = await RefusalOfAsync(answer);
                    if (isRight != refusal is null)
                    {
                        faults.Add(
                            $"{operation.Name} {parameter.GetProperty("name")}='{Shortened(text)}': the document says it is {(isRight ? "right" : "wrong")}, the API {refusal ?? "takes it"}"
                        );
                    }
                }
            }
        }

        Assert.True(tried > 200, $"only {tried} values were tried");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Boundary_values_of_each_form_field_are_handled_as_documented()
    {
        await using var every = await EveryOperation.ReadAsync(app);
        var check = new ResponseSchema(every.Operations[0].Document);
        var (tried, faults) = (0, new List<string>());

        foreach (var operation in every.Operations.Where(operation => operation.Bodies.Contains("multipart/form-data")))
        {
            var media = operation.Description.GetProperty("requestBody").GetProperty("content").GetProperty("multipart/form-data");
            var example = JsonNode.Parse(media.GetProperty("example").GetRawText())!.AsObject();
            var schema = Followed(media.GetProperty("schema"), check);
            foreach (var (_, _, name, field) in FieldsOf(schema, [], check).Where(field => field.Name is not "file").ToList())
            {
                foreach (var value in EdgesOf(field, example[name]).Where(value => value?.GetValueKind() is JsonValueKind.String))
                {
                    tried++;
                    var form = (JsonObject)example.DeepClone();
                    form[name] = value!.DeepClone();
                    var element = JsonSerializer.SerializeToElement(form);
                    var isRight = check.FindFault(schema, element) is null;
                    using var request = every.RequestTo(operation);
                    request.Content = FormOf(element);
                    using var answer = await every.CallerOf(operation).SendAsync(request);
                    var refusal = await RefusalOfAsync(answer);
                    if (isRight != refusal is null)
                    {
                        faults.Add(
                            $"{operation.Name} {name} '{Shortened(value.ToString())}': the document says {check.FindFault(schema, element) ?? "it is right"}, the API {refusal ?? "takes it"}"
                        );
                    }
                }
            }
        }

        Assert.True(tried > 15, $"only {tried} texts were tried");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Each_operation_has_a_title_and_accepts_its_example()
    {
        await using var all = await EveryOperation.ReadAsync(app);
        var faults = new List<string>();
        var succeeded = 0;
        foreach (var operation in all.Operations)
        {
            await using var own = Endings.Any(ending => operation.Name.Contains(ending, StringComparison.Ordinal))
                ? await EveryOperation.ReadAsync(app)
                : null;
            var every = own ?? all;
            var title = operation.Description.GetProperty("summary").GetString()!;
            if (title.Split(' ').Length > 5 || !char.IsUpper(title[0]) || title.EndsWith('.'))
            {
                faults.Add($"{operation.Name} is called '{title}'");
            }

            var query = string.Join(
                '&',
                ParametersOf(operation, "query")
                    // Error replaces a code, and cursor replaces a page.
                    .Where(parameter => parameter.GetProperty("name").GetString() is not ("error" or "cursor"))
                    .Select(parameter =>
                        $"{parameter.GetProperty("name").GetString()}={Uri.EscapeDataString(parameter.GetProperty("example").ToString())}"
                    )
            );
            using var request = every.RequestTo(operation, $"?{query}".TrimEnd('?'));
            if (operation.Bodies.Contains("application/json"))
            {
                request.Content = new StringContent(
                    operation
                        .Description.GetProperty("requestBody")
                        .GetProperty("content")
                        .GetProperty("application/json")
                        .GetProperty("example")
                        .GetRawText(),
                    Encoding.UTF8,
                    "application/json"
                );
            }
            else if (operation.Bodies.Contains("multipart/form-data"))
            {
                request.Content = FormOf(
                    operation
                        .Description.GetProperty("requestBody")
                        .GetProperty("content")
                        .GetProperty("multipart/form-data")
                        .GetProperty("example")
                );
            }

            foreach (var header in ParametersOf(operation, "header"))
            {
                request.Headers.Add(header.GetProperty("name").GetString()!, header.GetProperty("example").GetString());
            }

            using var answer = await every.CallerOf(operation).SendAsync(request);
            succeeded += (int)answer.StatusCode < 400 ? 1 : 0;
            if (
                answer.StatusCode is HttpStatusCode.UnsupportedMediaType
                || (answer.StatusCode is HttpStatusCode.Unauthorized && operation.NeedsSignIn)
                || await RefusalOfAsync(answer) is not null
            )
            {
                faults.Add($"{operation.Name} does not take its example: {Shortened(await answer.Content.ReadAsStringAsync())}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(succeeded * 2 > all.Operations.Count, $"only {succeeded} examples of {all.Operations.Count} did what they show");
    }

    private static MultipartFormDataContent FormOf(JsonElement example)
    {
        var form = new MultipartFormDataContent();
        foreach (var field in example.EnumerateObject().Where(field => field.Name is not "file"))
        {
            form.Add(new StringContent(field.Value.GetString()!), field.Name);
        }

        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(example.GetProperty("file").GetString()!)), "file", "example");
        return form;
    }

    /// <summary>Returns the validation error of the API; null if the form of the request was accepted.</summary>
    private static async Task<string?> RefusalOfAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (
            answer.StatusCode is not HttpStatusCode.BadRequest
            || JsonDocument.Parse(text).RootElement.GetProperty("error") is var error
                && error.GetProperty("code").GetString() is not "BAD_REQUEST"
        )
        {
            return null;
        }

        return Beyond.Any(error.GetRawText().Contains) ? null : text;
    }

    // Changes one field of the example at a time, at every depth.
    private static IEnumerable<(string Path, JsonObject Body)> EdgesOf(JsonElement schema, JsonObject example, ResponseSchema check)
    {
        foreach (var (path, owner, name, field) in FieldsOf(schema, [], check).ToList())
        {
            foreach (var edge in EdgesOf(field, Find(example, owner)?[name]).Prepend(Missing))
            {
                var body = (JsonObject)example.DeepClone();
                if (Find(body, owner) is not { } parent)
                {
                    continue;
                }

                if (ReferenceEquals(edge, Missing))
                {
                    parent.Remove(name);
                }
                else
                {
                    parent[name] = edge?.DeepClone();
                }

                yield return (path, body);
            }
        }
    }

    private static readonly JsonNode Missing = JsonValue.Create("missing");

    private static IEnumerable<(string Path, string[] Owner, string Name, JsonElement Schema)> FieldsOf(
        JsonElement schema,
        string[] owner,
        ResponseSchema check
    )
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            yield break;
        }

        foreach (var property in properties.EnumerateObject())
        {
            var field = Followed(property.Value, check);
            yield return (string.Join('.', [.. owner, property.Name]), owner, property.Name, field);
            foreach (var inner in FieldsOf(field, [.. owner, property.Name], check))
            {
                yield return inner;
            }
        }
    }

    private static JsonObject? Find(JsonObject root, string[] path) =>
        path.Aggregate((JsonNode?)root, (node, name) => (node as JsonObject)?[name]) as JsonObject;

    // Values at the limits of a schema, and just beyond them.
    private static IEnumerable<JsonNode?> EdgesOf(JsonElement schema, JsonNode? example)
    {
        yield return example;
        yield return null;
        yield return JsonValue.Create("");
        yield return JsonValue.Create(" ");
        yield return JsonValue.Create("x");
        yield return JsonValue.Create("a\nb1");
        yield return JsonValue.Create(true);
        yield return JsonValue.Create(7);
        yield return JsonValue.Create(-1);
        yield return JsonValue.Create(1.5);
        yield return new JsonObject();
        yield return new JsonArray();
        yield return new JsonArray((JsonNode?)null);
        yield return new JsonArray(JsonValue.Create("x"));
        yield return JsonNode.Parse("""{"x": "admin"}""");

        foreach (var word in schema.TryGetProperty("enum", out var words) ? words.EnumerateArray().ToList() : [])
        {
            yield return JsonNode.Parse(word.GetRawText());
        }

        foreach (var number in NumbersIn(schema, "minimum", "maximum"))
        {
            yield return JsonValue.Create(number);
        }

        var text = example?.GetValueKind() is JsonValueKind.String ? example.GetValue<string>() : "example1";
        foreach (var length in NumbersIn(schema, "minLength", "maxLength").Where(length => length >= 0))
        {
            yield return JsonValue.Create(Filled(text, (int)length));
            yield return JsonValue.Create(new string('x', (int)length));
        }

        foreach (var count in NumbersIn(schema, "minItems", "maxItems").Where(count => count >= 0))
        {
            yield return new JsonArray([
                .. Enumerable.Range(0, (int)count).Select(_ => (example as JsonArray)?.FirstOrDefault()?.DeepClone()),
            ]);
        }

        if (schema.TryGetProperty("maxProperties", out var most) && example is JsonObject { Count: > 0 } members)
        {
            foreach (var count in (int[])[most.GetInt32(), most.GetInt32() + 1])
            {
                yield return new JsonObject(
                    Enumerable
                        .Range(0, count)
                        .Select(_ =>
                            KeyValuePair.Create(
                                Guid.CreateVersion7(DateTimeOffset.UnixEpoch).ToString(),
                                members.First().Value?.DeepClone()
                            )
                        )
                );
            }
        }
    }

    private static IEnumerable<long> NumbersIn(JsonElement schema, params string[] words) =>
        words
            .Where(word => schema.TryGetProperty(word, out _))
            .Select(word => decimal.Parse(schema.GetProperty(word).GetRawText(), CultureInfo.InvariantCulture))
            .Where(number => number is > long.MinValue and < long.MaxValue)
            .SelectMany(number => (long[])[(long)number - 1, (long)number, (long)number + 1]);

    // Adds or removes characters at the start, so that the pattern may still match.
    private static string Filled(string text, int length) =>
        length <= text.Length ? text[(text.Length - length)..] : new string('a', length - text.Length) + text;

    private static JsonElement Followed(JsonElement schema, ResponseSchema check)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return check.Resolve(reference.GetString()!);
        }

        // A nullable reference has the rules of the reference, and null is tried as well.
        return
            schema.TryGetProperty("oneOf", out var choices)
            && choices.EnumerateArray().FirstOrDefault(choice => choice.TryGetProperty("$ref", out _))
                is { ValueKind: JsonValueKind.Object } chosen
            ? Followed(chosen, check)
            : schema;
    }

    private static IEnumerable<JsonElement> ParametersOf(ApiOperation operation, string place) =>
        operation.Description.TryGetProperty("parameters", out var parameters)
            ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == place)
            : [];

    private static string Shortened(string text) => text.Length <= 300 ? text : $"{text[..300]}…";
}
