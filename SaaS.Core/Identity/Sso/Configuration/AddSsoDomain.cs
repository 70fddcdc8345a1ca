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

/// <summary>A domain that the tenant claims to own.</summary>
/// <param name="Domain">The part behind the @ of its users' e-mail addresses, such as example.com.</param>
public sealed record AddSsoDomainRequest([Required, Domain] string Domain);

/// <summary>A domain of a tenant.</summary>
/// <param name="Domain">The domain, in lower case.</param>
/// <param name="IsVerified">True when the tenant has proved that it owns the domain.</param>
/// <param name="VerifiedAt">When ownership was verified (UTC); null until then.</param>
/// <param name="RecordName">The name of the TXT record that proves ownership.</param>
/// <param name="RecordText">The required text of the TXT record.</param>
/// <param name="CreatedAt">When the domain was added (UTC).</param>
public sealed record SsoDomainView(
    string Domain,
    bool IsVerified,
    DateTimeOffset? VerifiedAt,
    string RecordName,
    string RecordText,
    DateTimeOffset CreatedAt
)
{
    internal static SsoDomainView From(SsoDomain domain) =>
        new(domain.Domain, domain.VerifiedAt is not null, domain.VerifiedAt, domain.RecordName, domain.RecordText, domain.CreatedAt);
}

internal static class AddSsoDomain
{
    private const int TokenBytes = 20;

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/domains", Handle)
            .Idempotent<AddSsoDomainRequest>()
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Adds a domain and returns the TXT record that proves ownership of it.</summary>
    /// <remarks>
    /// Publish the record, then request verification: `POST …/sso/domains/{domain}/verify`. Adding the same domain again returns the same
    /// record.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<SsoDomainView>>, ProblemResult>> Handle(
        AddSsoDomainRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        IdempotencyContext keyed,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var name = EmailDomain.Parse(request.Domain)!;
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
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.SsoDomainAdded,
                NamedId.From(name),
                AuditDetails.Create("domain", name)
            );
        }

        try
        {
            return await AnswerAsync(domain);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(SsoDomain.Mapping.Key))
        {
            db.ChangeTracker.Clear();
            return await AnswerAsync((await FindAsync())!); // added twice concurrently
        }

        async Task<Created<ApiResponse<SsoDomainView>>> AnswerAsync(SsoDomain entered)
        {
            var answer = keyed.StoreResponse(
                db,
                ApiResponse.Created(
                    $"/api/tenants/{scope.TenantId}/sso/domains",
                    SsoDomainView.From(entered),
                    "Publish the TXT record, then have it verified"
                )
            );
            await db.SaveChangesAsync(ct);
            return answer;
        }

        Task<SsoDomain?> FindAsync() =>
            db.SsoDomains.AsNoTracking().SingleOrDefaultAsync(one => one.TenantId == scope.TenantId && one.Domain == name, ct);
    }
}
