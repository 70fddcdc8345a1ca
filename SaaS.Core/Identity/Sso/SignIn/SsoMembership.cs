using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>What an account is to a tenant of single sign-on at this moment.</summary>
internal sealed record SsoMembership(SsoIdentity Identity, SsoConfiguration Configuration)
{
    /// <summary>Asked anew each time: provider, membership and account may have changed since somebody signed in.</summary>
    /// <param name="onlyTenantId">The tenant that the session is confined to.</param>
    public static async Task<Result<SsoMembership>> FindAsync(ControlDbContext db, SsoConfigurations configurations, Guid tenantId, Guid userId, Guid? onlyTenantId, CancellationToken ct)
    {
        if (onlyTenantId is { } only && only != tenantId)
        {
            return TenantRoutes.SessionOfOtherTenant;
        }

        var identity = await db.SsoIdentities
            .Where(one => one.TenantId == tenantId && one.UserId == userId)
            .Where(one => db.Memberships.Any(membership => membership.TenantId == tenantId && membership.UserId == userId) && db.Users.Any(user => user.Id == userId && user.IsActive))
            .AsNoTracking()
            .SingleOrDefaultAsync(ct);
        if (identity is null)
        {
            return SsoProblems.NoIdentity;
        }

        return await configurations.FindOpenAsync(tenantId, ct) is { } configuration ? new SsoMembership(identity, configuration) : SsoProblems.NotAvailable;
    }

    public static Problem ProblemOf(Renewal renewal) => renewal is Renewal.SignInNeeded ? SsoProblems.SignInAgain : SsoProblems.ProviderAway;
}
