using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sessions;

/// <summary>The confirmation of a sign-out.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A human-readable message.</param>
public sealed record SignedOut(bool Success, string Message);

/// <summary>The refresh token of the session, for clients that do not send a token as <c>Authorization: Bearer</c>.</summary>
/// <param name="RefreshToken">Any refresh token of the session.</param>
public sealed record LogOutRequest([MaxLength(200)] string? RefreshToken);

internal static class LogOut
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/logout", Handle).AllowAnonymous().ProducesProblem(HttpProblems.BadRequest, HttpProblems.Unauthenticated);

    /// <summary>Signs out: invalidates the access token and the refresh token of the session.</summary>
    /// <remarks>
    /// Accepts either token: the access token as `Authorization: Bearer`, or the refresh token in that header or in the body. Signing out
    /// of a session that has already ended, with its refresh token, succeeds.
    /// </remarks>
    internal static async Task<Results<Ok<SignedOut>, ProblemResult>> Handle(
        [FromHeader] string? authorization,
        LogOutRequest? request,
        CurrentUser? currentUser,
        SessionStore sessionStore,
        RefreshTokens refreshTokens,
        CancellationToken ct
    )
    {
        var token = request?.RefreshToken ?? (currentUser is null ? RefreshSession.GetToken(authorization, fromBody: null) : null);
        var named = token is null ? null : await refreshTokens.ValidateAsync(token, ct);
        if (currentUser is null && named is null)
        {
            return HttpProblems.Unauthenticated.ToHttp();
        }

        if (currentUser is not null)
        {
            await sessionStore.SignOutAsync(currentUser.SessionId, ct);
        }

        if (named is (var sessionId, _))
        {
            await sessionStore.SignOutAsync(sessionId, ct);
        }

        return TypedResults.Ok(new SignedOut(true, "Logged out successfully"));
    }
}
