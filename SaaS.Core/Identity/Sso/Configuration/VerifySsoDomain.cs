using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Dns;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.Configuration;

internal static class VerifySsoDomain
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/domains/{domain}/verify", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(
                SsoProblems.DomainNotFound,
                SsoProblems.RecordMissing,
                SsoProblems.DomainTaken,
                SsoProblems.NameServerUnavailable
            );

    /// <summary>Verifies a domain by its TXT record.</summary>
    /// <remarks>
    /// After that, accounts with addresses in it are linked to users of the tenant's directory without a password, and the sign-in page
    /// offers them this tenant. Keep the record published: it is checked every day, and admins are mailed when it is missing.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<SsoDomainView>>, ProblemResult>> Handle(
        string domain,
        TenantScope scope,
        ControlDbContext db,
        TxtRecords records,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var name = EmailDomain.Parse(domain);
        if (await db.SsoDomains.SingleOrDefaultAsync(one => one.TenantId == scope.TenantId && one.Domain == name, ct) is not { } found)
        {
            return SsoProblems.DomainNotFound.ToHttp();
        }

        try
        {
            if (
                found is not { VerifiedAt: not null, RecordMissingSince: null }
                && !(await records.ReadAsync(found.RecordName, ct)).Contains(found.RecordText)
            )
            {
                return SsoProblems.RecordMissing.ToHttp();
            }
        }
        catch (DnsUnavailableException)
        {
            return SsoProblems.NameServerUnavailable.ToHttp();
        }

        found.RecordMissingSince = null;
        if (found.VerifiedAt is not null)
        {
            await db.SaveChangesAsync(ct);
        }
        else
        {
            found.VerifiedAt = clock.GetUtcNow();
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.SsoDomainVerified,
                NamedId.From(found.Domain),
                AuditDetails.Create("domain", found.Domain)
            );
            try
            {
                await db.SaveChangesAsync(ct);
            }
            catch (DbUpdateException e) when (e.IsUniqueViolation(SsoDomain.Mapping.VerifiedIndex))
            {
                return SsoProblems.DomainTaken.ToHttp();
            }
        }

        return ApiResponse.Ok(SsoDomainView.From(found), "Domain verified");
    }
}
