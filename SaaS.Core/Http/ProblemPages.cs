using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Design;

namespace SaaS.Core.Http;

/// <summary>Serves a page for each problem code: the target of <c>type</c> in problem details (RFC 9457, section 3.1.1).</summary>
public static class ProblemPages
{
    public const string Path = "/problems";

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
        var pages = routes.MapGroup(Path).AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("", ListAsync);
        pages.MapGet("/{code}", ShowAsync);
    }

    private static Task<ContentHttpResult> ListAsync(EndpointDataSource endpoints, Pages pages, HttpResponse response)
    {
        response.SetSecurityHeaders(PageHeaders.StaticPagePolicy);
        return pages.RenderPageAsync<ProblemListPage>(new() { ["Codes"] = GetDeclaredProblems(endpoints).Select(problem => problem.Key) });
    }

    private static async Task<Results<ContentHttpResult, ProblemResult>> ShowAsync(
        string code,
        EndpointDataSource endpoints,
        Pages pages,
        HttpResponse response
    )
    {
        if (GetDeclaredProblems(endpoints).FirstOrDefault(problem => problem.Key == code) is not { } problems)
        {
            return HttpProblems.NotFound.ToHttp();
        }

        response.SetSecurityHeaders(PageHeaders.StaticPagePolicy);
        return await pages.RenderPageAsync<ProblemPage>(new() { ["Problems"] = problems });
    }

    private static List<IGrouping<string, Problem>> GetDeclaredProblems(EndpointDataSource endpoints) =>
        [
            .. endpoints
                .Endpoints.SelectMany(endpoint => endpoint.Metadata.OfType<DeclaredProblem>())
                .Select(declared => declared.Problem)
                .Concat(HttpProblems.All)
                .GroupBy(problem => problem.Code)
                .OrderBy(problem => problem.Key, StringComparer.Ordinal),
        ];
}
