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
        tenant.MapDelete("/domains/{domain}", Handle).RequireTenantRole(TenantRole.Admin).ProducesProblem(SsoProblems.DomainNotFound);

    /// <summary>Gives up a domain; whoever was linked by it stays linked.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(string domain, TenantScope scope, ControlDbContext db, CancellationToken ct)
    {
        // One statement decides: somebody else may remove the same one at this moment.
        var name = EmailDomain.Read(domain);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (name is null || await db.SsoDomains.Where(one => one.TenantId == scope.TenantId && one.Domain == name).ExecuteDeleteAsync(ct) == 0)
        {
            return SsoProblems.DomainNotFound.ToHttp();
        }

        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.SsoDomainRemoved, NamedId.Of(name), AuditDetails.Of("domain", name));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return Done.Ok("Domain removed");
    }
}
