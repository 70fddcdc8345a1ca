using System.Text.RegularExpressions;

namespace SaaS.Tests.Documentation;

/// <summary>One request of a .http file, before its variables are filled in.</summary>
/// <param name="Title">The text after its ###.</param>
/// <param name="Name">The name by which later requests refer to its response; null if it has none.</param>
/// <param name="Status">The expected status; null for any success.</param>
/// <param name="AnswerHeaders">The headers that its response must have, with their values where these are given.</param>
internal sealed record HttpFileRequest(
    string Title,
    string? Name,
    int? Status,
    IReadOnlyList<(string Name, string? Value)> AnswerHeaders,
    string Method,
    string Address,
    IReadOnlyList<(string Name, string Value)> Headers,
    IReadOnlyList<string> Body
);

/// <summary>
/// Reads .http files in the syntax that both Visual Studio and VS Code's REST Client understand, so that a request that only one of them
/// can send is found here. Comments state the expectations (<c># expects 409</c>, <c># expects ETag</c>), which editors ignore.
/// </summary>
/// <param name="Variables">The name and value of each <c>@name = value</c>.</param>
internal sealed partial record HttpFile(IReadOnlyDictionary<string, string> Variables, IReadOnlyList<HttpFileRequest> Requests)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    public static HttpFile Read(string text)
    {
        var variables = new Dictionary<string, string>();
        var requests = new List<HttpFileRequest>();
        var title = "";
        var block = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Append("###"))
        {
            if (!line.StartsWith("###", StringComparison.Ordinal))
            {
                block.Add(line);
                continue;
            }

            if (ReadBlock(title, block, variables) is { } request)
            {
                requests.Add(request);
            }

            (title, block) = (line.Trim('#', ' '), []);
        }

        return new HttpFile(variables, requests);
    }

    private static HttpFileRequest? ReadBlock(string title, List<string> lines, Dictionary<string, string> variables)
    {
        string? name = null;
        int? status = null;
        var expected = new List<(string, string?)>();
        var at = 0;
        for (; at < lines.Count; at++)
        {
            var line = lines[at];
            if (Variable().Match(line) is { Success: true } variable)
            {
                variables[variable.Groups["name"].Value] = variable.Groups["value"].Value;
            }
            else if (Naming().Match(line) is { Success: true } naming)
            {
                name = naming.Groups["name"].Value;
            }
            else if (Expectation().Match(line) is { Success: true } expectation)
            {
                var (what, value) = (expectation.Groups["what"].Value, expectation.Groups["value"]);
                if (int.TryParse(what, out var code))
                {
                    status = code;
                }
                else
                {
                    expected.Add((what, value.Success ? value.Value : null));
                }
            }
            else if (line.Length > 0 && line[0] != '#' && !line.StartsWith("//", StringComparison.Ordinal))
            {
                break;
            }
        }

        return at == lines.Count ? null : ReadRequest(title, lines[at..]) with { Name = name, Status = status, AnswerHeaders = expected };
    }

    private static HttpFileRequest ReadRequest(string title, List<string> lines)
    {
        var words = lines[0].Split(' ');
        if (words.Length != 2 || !Methods.Contains(words[0]))
        {
            throw new FormatException($"'{lines[0]}' is no verb with an address");
        }

        var headers = lines.Skip(1).TakeWhile(line => line.Length > 0).Select(ReadHeader).ToList();
        var body = lines.Skip(1 + headers.Count + 1).Reverse().SkipWhile(line => line.Length == 0).Reverse().ToList();
        if (body.Any(line => line.StartsWith("< ", StringComparison.Ordinal) || line.StartsWith("<@", StringComparison.Ordinal)))
        {
            throw new FormatException($"'{title}' takes its body from a file");
        }

        return new HttpFileRequest(title, null, null, [], words[0], words[1], headers, body);
    }

    private static (string Name, string Value) ReadHeader(string line) =>
        line.IndexOf(": ", StringComparison.Ordinal) is var colon and > 0
            ? (line[..colon], line[(colon + 2)..])
            : throw new FormatException($"'{line}' is no header");

    [GeneratedRegex(@"^@(?<name>\w+)\s*=\s*(?<value>.*)$")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(#|//)\s*@name\s+(?<name>\w+)\s*$")]
    private static partial Regex Naming();

    [GeneratedRegex(@"^(#|//)\s*expects\s+(?<what>[\w-]+)(:\s*(?<value>.+))?$")]
    private static partial Regex Expectation();
}
