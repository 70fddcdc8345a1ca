using System.Diagnostics;
using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Design;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Reports a failed sign-in: as an HTML page to a browser, as a problem to other clients.</summary>
internal sealed class SsoErrorResponse(Pages pages, ReturnUrls returns)
{
    /// <param name="returnUrl">The URL that the sign-in was to return to.</param>
    /// <param name="linkCode">The code for linking an account, when that is the missing step.</param>
    public async Task<IResult> CreateAsync(HttpContext http, Problem problem, string? returnUrl, string? linkCode = null)
    {
        if (!http.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase))
        {
            return (
                linkCode is null ? problem : problem with { Details = new Dictionary<string, string[]> { ["link_code"] = [linkCode] } }
            ).ToHttp();
        }

        http.Response.SetSecurityHeaders(PageHeaders.StaticPagePolicy);
        if (problem.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
        }

        return await pages.RenderPageAsync<SsoErrorPage>(
            new()
            {
                [nameof(SsoErrorPage.Problem)] = problem,
                [nameof(SsoErrorPage.BackTo)] = BackTo(problem, returnUrl, linkCode),
                [nameof(SsoErrorPage.TraceId)] = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier,
            },
            ProblemResult.GetStatusCode(problem.Kind)
        );
    }

    private string? BackTo(Problem problem, string? returnUrl, string? linkCode)
    {
        if (returnUrl is null || returns.ParseAllowed(returnUrl) is null)
        {
            return null;
        }

        var back = ReturnUrls.AppendQuery(returnUrl, "error", problem.Code);
        return linkCode is null ? back : ReturnUrls.AppendQuery(back, "link_code", linkCode);
    }
}
