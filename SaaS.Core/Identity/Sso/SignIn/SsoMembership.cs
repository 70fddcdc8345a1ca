using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The identity of an account in an SSO tenant together with the tenant's provider.</summary>
internal sealed record SsoMembership(SsoIdentity Identity, SsoConfiguration Configuration)
{
    /// <summary>Reads the current state each time, because provider, membership and account may have changed since the sign-in.</summary>
    /// <param name="restrictedToTenantId">The tenant of a tenant-bound session; null for other sessions.</param>
    public static async Task<Result<SsoMembership>> FindAsync(
        ControlDbContext db,
        SsoConfigurations configurations,
        Guid tenantId,
        Guid userId,
        Guid? restrictedToTenantId,
        CancellationToken ct
    )
    {
        if (restrictedToTenantId is { } only && only != tenantId)
        {
            return TenantRoutes.SessionOfOtherTenant;
        }

        var identity = await db
            .SsoIdentities.Where(one => one.TenantId == tenantId && one.UserId == userId)
            .Where(one =>
                db.Set<Membership>().Any(membership => membership.TenantId == tenantId && membership.UserId == userId)
                && db.Set<User>().Any(user => user.Id == userId && user.IsActive)
            )
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);
        if (identity is null)
        {
            return SsoProblems.NoIdentity;
        }

        return await configurations.FindAvailableAsync(tenantId, ct) is { } configuration
            ? new SsoMembership(identity, configuration)
            : SsoProblems.NotAvailable;
    }

    public static Problem ProblemOf(TokenRefreshResult renewal) =>
        renewal is TokenRefreshResult.SignInRequired ? SsoProblems.SignInAgain : SsoProblems.ProviderUnavailable;
}
