using System.Diagnostics;
using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Tells whoever signs in what went wrong: a person gets a page in plain words, a program a problem.</summary>
internal sealed class SsoErrorResponse(Pages pages, ReturnAddresses returns)
{
    // Nothing from elsewhere, no script, no form, and nobody frames it.
    private const string Policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="returnUrl">Where the person wanted to go.</param>
    /// <param name="linkCode">What lets the person link an account, if that is what is missing.</param>
    public async Task<IResult> TellAsync(HttpContext http, Problem problem, string? returnUrl, string? linkCode = null)
    {
        if (!http.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase))
        {
            return (linkCode is null ? problem : problem with { Details = new Dictionary<string, string[]> { ["link_code"] = [linkCode] } }).ToHttp();
        }

        http.Response.Protect(Policy);
        if (problem.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
        }

        return await pages.ShowAsync<SsoTroublePage>(
            new()
            {
                [nameof(SsoTroublePage.Problem)] = problem,
                [nameof(SsoTroublePage.BackTo)] = BackTo(problem, returnUrl, linkCode),
                [nameof(SsoTroublePage.TraceId)] = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier,
            },
            ProblemResult.StatusOf(problem.Kind));
    }

    private string? BackTo(Problem problem, string? returnUrl, string? linkCode)
    {
        if (returnUrl is null || returns.Find(returnUrl) is null)
        {
            return null;
        }

        var back = ReturnAddresses.With(returnUrl, "error", problem.Code);
        return linkCode is null ? back : ReturnAddresses.With(back, "link_code", linkCode);
    }
}
