using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The tokens to refresh.</summary>
/// <param name="TenantId">The tenant.</param>
/// <param name="RefreshToken">The newest refresh token of the session, for clients that do not send it as `Authorization: Bearer`.</param>
public sealed record RefreshSsoTokensRequest([Required] Guid? TenantId, [MaxLength(200)] string? RefreshToken);

internal static class RefreshSsoTokens
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/azure/refresh", Handle)
            .AllowAnonymous()
            .ProducesProblem(
                HttpProblems.BadRequest,
                RefreshSession.InvalidToken,
                SsoProblems.SignInAgain,
                TenantRoutes.SessionOfOtherTenant,
                SsoProblems.NoIdentity,
                SsoProblems.NotAvailable,
                SsoProblems.ProviderUnavailable
            );

    /// <summary>
    /// Refreshes the session's tokens and the provider's tokens, so that the directory has to authenticate the user again.
    /// </summary>
    internal static async Task<Results<Ok<SessionTokens>, ProblemResult>> Handle(
        RefreshSsoTokensRequest request,
        [FromHeader] string? authorization,
        ControlDbContext db,
        SsoConfigurations configurations,
        ProviderTokens tokens,
        RefreshSession refresh,
        CancellationToken ct
    )
    {
        // Checks the session first: a reused refresh token ends it even when the provider is unavailable.
        var token = RefreshSession.GetToken(authorization, request.RefreshToken);
        if (!(await refresh.ValidateAsync(token, ct)).TryGetValue(out var found, out var invalid))
        {
            return invalid.ToHttp();
        }

        var session = found.Session;
        if (
            !(
                await SsoMembership.FindAsync(db, configurations, request.TenantId!.Value, session.UserId, session.RestrictedToTenantId, ct)
            ).TryGetValue(out var membership, out var refusal)
        )
        {
            return refusal.ToHttp();
        }

        var renewal = await tokens.RefreshAsync(
            membership.Configuration,
            membership.Identity.Id,
            ifExpiresBefore: DateTimeOffset.MaxValue,
            ct
        );
        return renewal is TokenRefreshResult.Fresh
            ? TypedResults.Ok(await refresh.ExchangeAsync(found, ct))
            : SsoMembership.ProblemOf(renewal).ToHttp();
    }
}
