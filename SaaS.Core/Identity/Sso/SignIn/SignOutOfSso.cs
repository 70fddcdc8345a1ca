using Microsoft.AspNetCore.Builder;
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

/// <summary>Where the browser goes after it has signed out at Microsoft.</summary>
/// <param name="PostLogoutRedirectUri">An address of the product's own pages; left out, Microsoft shows a page of its own.</param>
public sealed record SignOutOfSsoRequest(string? PostLogoutRedirectUri);

/// <summary>That the session has ended here.</summary>
/// <param name="LogoutUrl">Where the browser goes to sign out at Microsoft too; null when Microsoft could not be asked.</param>
public sealed record SignedOutOfSso(Uri? LogoutUrl);

internal static class SignOutOfSso
{
    private static readonly Problem ForeignReturn = Problem.OfField("post_logout_redirect_uri", "Must lead to an address of this product.");

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/azure/logout/{tenantId:guid}", Handle).AllowTenantBoundSession().ProducesProblem(ForeignReturn, TenantRoutes.SessionOfOtherTenant, SsoProblems.NoIdentity);

    /// <summary>Signs out of a tenant with single sign-on: the sessions that its provider opened for the caller end, and the provider's tokens are forgotten.</summary>
    internal static async Task<Results<Ok<FlatApiResponse<SignedOutOfSso>>, ProblemResult>> Handle(
        Guid tenantId, SignOutOfSsoRequest? request, CurrentUser currentUser, ControlDbContext db, SessionStore liveSessions, TimeProvider clock, ReturnAddresses returns, EntraClient entra, CancellationToken ct)
    {
        var returnTo = request?.PostLogoutRedirectUri is { } wanted ? returns.Find(wanted) : null;
        if (request?.PostLogoutRedirectUri is not null && returnTo is null)
        {
            return ForeignReturn.ToHttp();
        }

        if (currentUser.RestrictedToTenantId is { } only && only != tenantId)
        {
            return TenantRoutes.SessionOfOtherTenant.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.SsoIdentities.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == currentUser.UserId, ct) is not { } identity)
        {
            return SsoProblems.NoIdentity.ToHttp();
        }

        identity.ForgetTokens();
        await SsoFlows.WithdrawAsync(db, currentUser.UserId, tenantId, clock.GetUtcNow(), ct);
        db.Audit.Record(tenantId, currentUser.Actor, AuditAction.SignedOut, currentUser.SessionId, AuditDetails.Of("method", SignInMethod.Sso));
        var ended = await liveSessions.EndSsoAsync(currentUser.UserId, tenantId, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);

        var application = await db.SsoConfigurations.AsNoTracking().SingleOrDefaultAsync(configuration => configuration.TenantId == tenantId, ct);
        return ApiResponse.Flat(new SignedOutOfSso(application is null ? null : await FindAddressAsync(entra, application.Application, returnTo, ct)), "Logged out successfully");
    }

    // Signed out is signed out, whether or not Microsoft answers.
    private static async Task<Uri?> FindAddressAsync(EntraClient entra, EntraApplication application, Uri? returnTo, CancellationToken ct)
    {
        try
        {
            return await entra.SignOutAddressAsync(application, returnTo, ct);
        }
        catch (Exception e) when (e is EntraUnavailableException or EntraRejectedException)
        {
            return null;
        }
    }
}
