using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace SaaS.Core.Http;

/// <summary>Serves a page for each problem code: the target of <c>type</c> in problem details (RFC 9457, section 3.1.1).</summary>
public static class ProblemPages
{
    public const string Path = "/problems";

    // The pages load, run and send nothing.
    private const string Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Acronyms = ["SSO"];

    /// <summary>Returns the page's address relative to the API, so that it is valid behind any address.</summary>
    public static string GetPath(string code) => $"{Path}/{code}";

    /// <summary>Turns a code into a title: QUOTA_EXCEEDED becomes Quota exceeded.</summary>
    public static string ToTitle(string code)
    {
        var words = string.Join(' ', code.Split('_').Select(word => Acronyms.Contains(word) ? word : word.ToLowerInvariant()));
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>Maps the pages. They are built from the problems that endpoints declare, so that every code has one.</summary>
    public static void MapProblemPages(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                Path,
                (EndpointDataSource endpoints, HttpContext http) => CreatePage(http, "Problems", ListOf(GetDeclaredProblems(endpoints)))
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
        routes
            .MapGet(
                $"{Path}/{{code}}",
                IResult (string code, EndpointDataSource endpoints, HttpContext http) =>
                    GetDeclaredProblems(endpoints).FirstOrDefault(problem => problem.Key == code) is { } found
                        ? CreatePage(http, ToTitle(code), PageOf(found))
                        : HttpProblems.NotFound.ToHttp()
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static List<IGrouping<string, Problem>> GetDeclaredProblems(EndpointDataSource endpoints) =>
        [
            .. endpoints
                .Endpoints.SelectMany(endpoint => endpoint.Metadata.OfType<DeclaredProblem>())
                .Select(refusal => refusal.Problem)
                .Concat(HttpProblems.All)
                .GroupBy(problem => problem.Code)
                .OrderBy(problem => problem.Key, StringComparer.Ordinal),
        ];

    private static ContentHttpResult CreatePage(HttpContext http, string title, string content)
    {
        http.Response.SetSecurityHeaders(Policy);
        return TypedResults.Content(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Encoded(title)}</title></head><body><main><h1>{Encoded(title)}</h1>{content}</main></body></html>",
            "text/html; charset=utf-8"
        );
    }

    private static string ListOf(IEnumerable<IGrouping<string, Problem>> problems)
    {
        var list = new StringBuilder("<ul>");
        foreach (var problem in problems)
        {
            list.Append(
                CultureInfo.InvariantCulture,
                $"<li><a href=\"{GetPath(problem.Key)}\"><code>{problem.Key}</code></a>: {Encoded(ToTitle(problem.Key))}</li>"
            );
        }

        return list.Append("</ul>").ToString();
    }

    private static string PageOf(IGrouping<string, Problem> problem)
    {
        var statuses = problem.Select(one => ProblemResult.GetStatusCode(one.Kind)).Distinct().Order();
        var meanings = problem.Select(one => one.Message).Distinct().Order(StringComparer.Ordinal);
        return $"<p>Code <code>{problem.Key}</code>, status {string.Join(" or ", statuses)}.</p><ul>{string.Concat(meanings.Select(meaning => $"<li>{Encoded(meaning)}.</li>"))}</ul><p><a href=\"{Path}\">All problems</a></p>";
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
