using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Accounts;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sso;

internal static class RemoveSsoDomain
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapDelete("/domains/{domain}", Handle).NeedsRole(TenantRole.Admin).Refuses(SsoProblems.DomainNotFound);

    /// <summary>Gives up a domain; whoever was linked by it stays linked.</summary>
    internal static async Task<Results<Ok<Done>, ProblemResult>> Handle(string domain, TenantScope scope, ControlDb db, CancellationToken ct)
    {
        var name = EmailDomain.Read(domain);
        if (await db.SsoDomains.SingleOrDefaultAsync(one => one.TenantId == scope.TenantId && one.Domain == name, ct) is not { } found)
        {
            return SsoProblems.DomainNotFound.ToHttp();
        }

        db.SsoDomains.Remove(found);
        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.SsoDomainRemoved, NamedId.Of(found.Domain), AuditDetails.Of("domain", found.Domain));
        await db.SaveChangesAsync(ct);
        return Done.Ok("Domain removed");
    }
}
