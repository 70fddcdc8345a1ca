using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Options for a sign-out.</summary>
/// <param name="PostLogoutRedirectUri">A URL of the product's own pages to return to after the sign-out at Microsoft; when left out,
/// Microsoft shows its own page.</param>
public sealed record SignOutOfSsoRequest(string? PostLogoutRedirectUri);

/// <summary>Result of a sign-out.</summary>
/// <param name="LogoutUrl">The URL at which the browser signs out at Microsoft too; null when Microsoft is unavailable.</param>
public sealed record SignedOutOfSso(Uri? LogoutUrl);

internal static class SignOutOfSso
{
    private static readonly Problem ForeignReturn = Problem.ForField(
        "post_logout_redirect_uri",
        "Must lead to an address of this product."
    );

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/azure/logout/{tenantId:guid}", Handle)
            .AllowTenantBoundSession()
            .ProducesProblem(ForeignReturn, TenantRoutes.SessionOfOtherTenant, SsoProblems.NoIdentity);

    /// <summary>
    /// Signs the current user out of a tenant: ends the sessions that its provider opened and deletes the provider's tokens.
    /// </summary>
    internal static async Task<Results<Ok<FlatApiResponse<SignedOutOfSso>>, ProblemResult>> Handle(
        Guid tenantId,
        SignOutOfSsoRequest? request,
        CurrentUser currentUser,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (liveSessions, returns, entra, clock) = services;
        var returnTo = request?.PostLogoutRedirectUri is { } wanted ? returns.ParseAllowed(wanted) : null;
        if (request?.PostLogoutRedirectUri is not null && returnTo is null)
        {
            return ForeignReturn.ToHttp();
        }

        if (currentUser.RestrictedToTenantId is { } only && only != tenantId)
        {
            return TenantRoutes.SessionOfOtherTenant.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await db.SsoIdentities.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == currentUser.UserId, ct)
            is not { } identity
        )
        {
            return SsoProblems.NoIdentity.ToHttp();
        }

        identity.DeleteTokens();
        await SsoFlows.RevokeCodesAsync(db, currentUser.UserId, tenantId, clock.GetUtcNow(), ct);
        db.Audit.Record(
            tenantId,
            currentUser.Actor,
            AuditAction.SignedOut,
            currentUser.SessionId,
            AuditDetails.Create("method", SignInMethod.Sso)
        );
        var ended = await liveSessions.EndSsoAsync(currentUser.UserId, tenantId, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);

        var application = await db
            .SsoConfigurations.AsNoTracking()
            .SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct);
        return ApiResponse.Flat(
            new SignedOutOfSso(application is null ? null : await FindAddressAsync(entra, application.Application, returnTo, ct)),
            "Logged out successfully"
        );
    }

    internal sealed record Services(SessionStore SessionStore, ReturnUrls ReturnUrls, EntraClient Entra, TimeProvider Clock);

    // The sign-out here is complete even when Microsoft is unavailable.
    private static async Task<Uri?> FindAddressAsync(EntraClient entra, EntraApplication application, Uri? returnTo, CancellationToken ct)
    {
        try
        {
            return await entra.BuildSignOutUrlAsync(application, returnTo, ct);
        }
        catch (Exception e) when (e is EntraUnavailableException or EntraRejectedException)
        {
            return null;
        }
    }
}
