using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>A domain that is the tenant's own.</summary>
/// <param name="Domain">What stands behind the @ of its people's addresses, such as example.com.</param>
public sealed record AddSsoDomainRequest([Required, Domain] string Domain);

/// <summary>A domain of a tenant.</summary>
/// <param name="Domain">The domain, in lower case.</param>
/// <param name="IsVerified">Whether the tenant has proved that it is its own.</param>
/// <param name="VerifiedAt">Since when (UTC).</param>
/// <param name="RecordName">The name of the TXT record that proves it.</param>
/// <param name="RecordText">What the record has to say.</param>
/// <param name="CreatedAt">When it was entered (UTC).</param>
public sealed record SsoDomainView(string Domain, bool IsVerified, DateTimeOffset? VerifiedAt, string RecordName, string RecordText, DateTimeOffset CreatedAt)
{
    internal static SsoDomainView Of(SsoDomain domain) => new(domain.Domain, domain.VerifiedAt is not null, domain.VerifiedAt, domain.RecordName, domain.RecordText, domain.CreatedAt);
}

internal static class AddSsoDomain
{
    private const int TokenBytes = 20;

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/domains", Handle).Idempotent<AddSsoDomainRequest>().RequireTenantRole(TenantRole.Admin).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Enters a domain, and says which TXT record proves that it is the tenant's own.</summary>
    /// <remarks>Publish the record, then ask for the check: `POST …/sso/domains/{domain}/verify`. The same domain entered again has the same record.</remarks>
    internal static async Task<Results<Created<ApiResponse<SsoDomainView>>, ProblemResult>> Handle(
        AddSsoDomainRequest request, TenantScope scope, CurrentUser currentUser, ControlDbContext db, IdempotencyContext keyed, TimeProvider clock, CancellationToken ct)
    {
        var name = EmailDomain.Read(request.Domain)!;
        if (await FindAsync() is not { } domain)
        {
            domain = new SsoDomain
            {
                TenantId = scope.TenantId,
                Domain = name,
                Token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes)),
                CreatedBy = currentUser.UserId,
                CreatedAt = clock.GetUtcNow(),
            };
            db.SsoDomains.Add(domain);
            db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.SsoDomainAdded, NamedId.Of(name), AuditDetails.Of("domain", name));
        }

        try
        {
            return await AnswerAsync(domain);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(SsoDomain.Mapping.Key))
        {
            db.ChangeTracker.Clear();
            return await AnswerAsync((await FindAsync())!); // entered twice at the same moment
        }

        async Task<Created<ApiResponse<SsoDomainView>>> AnswerAsync(SsoDomain entered)
        {
            var answer = keyed.StoreResponse(db, ApiResponse.Created($"/api/tenants/{scope.TenantId}/sso/domains", SsoDomainView.Of(entered), "Publish the TXT record, then have it verified"));
            await db.SaveChangesAsync(ct);
            return answer;
        }

        Task<SsoDomain?> FindAsync() => db.SsoDomains.AsNoTracking().SingleOrDefaultAsync(one => one.TenantId == scope.TenantId && one.Domain == name, ct);
    }
}
