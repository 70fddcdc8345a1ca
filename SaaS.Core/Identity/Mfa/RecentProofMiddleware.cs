using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Rejects requests to marked routes when the user was authenticated too long ago. It costs a query only then.</summary>
internal sealed class RecentProofMiddleware(RequestDelegate next, IOptions<MfaOptions> options, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (
            http.GetEndpoint()?.Metadata.GetMetadata<RequiredRecentProof>() is { } required
            && CurrentUser.Get(http) is { } currentUser
            && await CheckAsync(http, required, currentUser) is { } problem
        )
        {
            await problem.ToHttp().ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private async Task<Problem?> CheckAsync(HttpContext http, RequiredRecentProof required, CurrentUser currentUser)
    {
        var earliest = clock.GetUtcNow() - options.Value.RecentProofLifetime;
        var db = http.RequestServices.GetRequiredService<ControlDbContext>();
        if (
            currentUser.AuthenticatedAt >= earliest
            // Another process may have recorded a step-up since this one cached the session.
            || await db.Sessions.AnyAsync(
                session => session.Id == currentUser.SessionId && session.AuthenticatedAt >= earliest,
                http.RequestAborted
            )
        )
        {
            return null;
        }

        var methods = await http
            .RequestServices.GetRequiredService<SecondFactors>()
            .ListMethodsAsync(currentUser.UserId, http.RequestAborted);
        return methods is [] && required.AcceptsPassword
            ? null
            : RecentProof.StepUpRequired with
            {
                Details = new Dictionary<string, string[]>
                {
                    ["methods"] = await GetNamesAsync(db, currentUser, methods, http.RequestAborted),
                },
            };
    }

    // An account without password and second factor signs in again through its provider.
    private static async Task<string[]> GetNamesAsync(
        ControlDbContext db,
        CurrentUser currentUser,
        IReadOnlyList<FactorMethod> methods,
        CancellationToken ct
    ) =>
        methods is not [] ? [.. methods.Select(method => method.ToJsonName())]
        : await db.Users.AnyAsync(user => user.Id == currentUser.UserId && user.PasswordHash != null, ct) ? ["password"]
        : [];
}
