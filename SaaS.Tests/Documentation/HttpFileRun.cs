using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaaS.Tests.Documentation;

/// <summary>Sends the requests of a .http file in order, as an editor would.</summary>
internal sealed partial class HttpFileRun(HttpClient http, IReadOnlyDictionary<string, string> variables)
{
    private readonly Dictionary<string, (HttpResponseMessage Answer, string Body)> _answers = [];

    /// <returns>The difference from the expected response; null if there is none.</returns>
    public async Task<string?> SendAsync(HttpFileRequest request)
    {
        using var message = Compose(request);
        var answer = await http.SendAsync(message);
        var body = await answer.Content.ReadAsStringAsync();
        if (request.Name is { } name)
        {
            _answers[name] = (answer, body);
        }

        var status = (int)answer.StatusCode;
        var expected = request.Status?.ToString(CultureInfo.InvariantCulture) ?? "a success";
        return (request.Status is { } wanted ? status != wanted : !answer.IsSuccessStatusCode)
            ? $"{request.Title}: {status} instead of {expected}: {body}"
            : request
                .AnswerHeaders.Where(header => !Has(answer, header.Name, header.Value))
                .Select(header => $"{request.Title}: the answer has no {header.Name} {header.Value}")
                .FirstOrDefault();
    }

    private static bool Has(HttpResponseMessage answer, string name, string? value) =>
        answer.Headers.TryGetValues(name, out var values) && (value is null || values.Contains(value));

    private HttpRequestMessage Compose(HttpFileRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), Fill(request.Address));
        if (request.Body.Count > 0)
        {
            // Editors send the lines of forms as the standard requires.
            var ending = request.Headers.Any(header => header.Value.StartsWith("multipart/", StringComparison.Ordinal)) ? "\r\n" : "\n";
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fill(string.Join(ending, request.Body))));
        }

        foreach (var (name, value) in request.Headers)
        {
            if (
                !message.Headers.TryAddWithoutValidation(name, Fill(value))
                && message.Content?.Headers.TryAddWithoutValidation(name, Fill(value)) is not true
            )
            {
                throw new FormatException($"'{name}' is no header of a request without a body");
            }
        }

        return message;
    }

    private string Fill(string text) => Reference().Replace(text, reference => ValueOf(reference.Groups["of"].Value.Trim()));

    // {{api}}, {{login.response.body.$.access_token}} and {{content.response.headers.ETag}}
    private string ValueOf(string reference)
    {
        if (Answered().Match(reference) is not { Success: true } answered)
        {
            return variables.TryGetValue(reference, out var value)
                ? Fill(value)
                : throw new FormatException($"nothing is called '{reference}'");
        }

        var (answer, body) = _answers[answered.Groups["name"].Value];
        var path = answered.Groups["path"].Value;
        return answered.Groups["part"].Value is "headers"
            ? answer.Headers.GetValues(path).Single()
            : Step()
                .Matches(path[1..])
                .Aggregate(
                    JsonDocument.Parse(body).RootElement,
                    (element, step) =>
                        step.Groups["index"].Success
                            ? element[int.Parse(step.Groups["index"].Value, CultureInfo.InvariantCulture)]
                            : element.GetProperty(step.Groups["field"].Value)
                )
                .ToString();
    }

    [GeneratedRegex(@"\{\{(?<of>[^}]+)\}\}")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^(?<name>\w+)\.response\.(?<part>body|headers)\.(?<path>.+)$")]
    private static partial Regex Answered();

    [GeneratedRegex(@"\.(?<field>\w+)|\[(?<index>\d+)\]")]
    private static partial Regex Step();
}
