using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.Configuration;

internal static class RemoveSsoDomain
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapDelete("/domains/{domain}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.DomainNotFound);

    /// <summary>Removes a domain; users who were linked through it stay linked.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        string domain,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        // A single DELETE decides, because the same domain may be removed concurrently.
        var name = EmailDomain.Parse(domain);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            name is null
            || await db.SsoDomains.Where(one => one.TenantId == scope.TenantId && one.Domain == name).ExecuteDeleteAsync(ct) == 0
        )
        {
            return SsoProblems.DomainNotFound.ToHttp();
        }

        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.SsoDomainRemoved, NamedId.From(name), AuditDetails.Create("domain", name));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Domain removed");
    }
}
