using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

internal static class GetSsoUserInfo
{
    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapGet("/azure/user-info", Handle)
            .AllowTenantBoundSession()
            .ProducesProblem(
                HttpProblems.BadRequest,
                SsoProblems.SignInAgain,
                TenantRoutes.SessionOfOtherTenant,
                SsoProblems.NoIdentity,
                SsoProblems.NotAvailable,
                SsoProblems.ProviderUnavailable
            );

    /// <summary>Returns the current user's profile in a tenant's directory, in the format of Microsoft Graph.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<GraphUser>>, ProblemResult>> Handle(
        [FromQuery(Name = "tenant_id"), Description("The tenant.")] Guid tenantId,
        CurrentUser currentUser,
        ControlDbContext db,
        SsoConfigurations configurations,
        ProviderTokens tokens,
        GraphClient graph,
        CancellationToken ct
    )
    {
        if (
            !(
                await SsoMembership.FindAsync(db, configurations, tenantId, currentUser.UserId, currentUser.RestrictedToTenantId, ct)
            ).TryGetValue(out var membership, out var refusal)
        )
        {
            return refusal.ToHttp();
        }

        var (accessToken, renewal) = await tokens.GetAccessTokenAsync(membership.Configuration, membership.Identity.Id, ct);
        if (accessToken is null)
        {
            return SsoMembership.ProblemOf(renewal).ToHttp();
        }

        try
        {
            return ApiResponse.Flat(await graph.GetMeAsync(accessToken, ct), "User information retrieved");
        }
        catch (GraphUnauthorizedException)
        {
            return SsoProblems.SignInAgain.ToHttp();
        }
        catch (EntraUnavailableException)
        {
            return SsoProblems.ProviderUnavailable.ToHttp();
        }
    }
}
