using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>The rotation of an API key.</summary>
/// <param name="OverlapSeconds">
/// The time for which the old key stays valid, in seconds: at most 7 days unless configured otherwise, one day unless given. 0 ends it at
/// once.
/// </param>
public sealed record RotateApiKeyRequest([Range(0, RotateApiKey.MaxOverlapSeconds)] int? OverlapSeconds);

internal static class RotateApiKey
{
    internal const int MaxOverlapSeconds = 30 * 86_400;

    private static readonly TimeSpan DefaultOverlap = TimeSpan.FromDays(1);

    internal static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("/{keyId:guid}/rotate", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(ServiceAccountProblems.KeyNotFound, ServiceAccountProblems.KeyEnded, ServiceAccountProblems.NoUsableScope);

    /// <summary>Creates a new key with the name, scopes, networks and lifetime of an old one, which ends after an overlap.</summary>
    /// <remarks>The new secret is shown only in this response. Scopes that the service account's role cannot use any more are left out.</remarks>
    internal static async Task<Results<Created<ApiResponse<CreatedApiKey>>, ProblemResult>> Handle(
        [AsParameters] KeyRoute route,
        RotateApiKeyRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var options = services.Options.Value;
        var overlap =
            request.OverlapSeconds is { } seconds ? TimeSpan.FromSeconds(seconds)
            : DefaultOverlap < options.MaxRotationOverlap ? DefaultOverlap
            : options.MaxRotationOverlap;
        if (overlap > options.MaxRotationOverlap)
        {
            return Problem.ForField("overlap_seconds", $"The platform's limit is {options.MaxRotationOverlap.TotalSeconds:0}.").ToHttp();
        }

        var now = services.Clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (await db.QueryApiKey(scope.TenantId, route.ServiceAccountId, route.KeyId).SingleOrDefaultAsync(ct) is not { } old)
        {
            return ServiceAccountProblems.KeyNotFound.ToHttp();
        }

        if (old.RevokedAt is not null || old.ExpiresAt <= now || old.ReplacedBy is not null)
        {
            return ServiceAccountProblems.KeyEnded.ToHttp();
        }

        var role = await db
            .ServiceAccounts.Where(account => account.Id == old.ServiceAccountId)
            .Select(account => account.Role)
            .SingleAsync(ct);
        string[] scopes = [.. old.Scopes.Where(name => ApiScope.Find(name) is { } known && role.Includes(known.Role))];
        if (scopes.Length == 0)
        {
            return ServiceAccountProblems.NoUsableScope.ToHttp();
        }

        var lifetime = old.ExpiresAt - old.CreatedAt;
        var secret = ApiKeyText.Create(scope.TenantId);
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(now),
            ServiceAccountId = old.ServiceAccountId,
            Name = old.Name,
            Hint = ApiKeyText.GetHint(secret),
            KeyHash = ApiKeyText.ComputeHash(secret),
            Scopes = scopes,
            AllowedNetworks = old.AllowedNetworks,
            CreatedBy = currentUser.UserId,
            CreatedAt = now,
            ExpiresAt = now + (lifetime < options.MaxKeyLifetime ? lifetime : options.MaxKeyLifetime),
        };
        old.ReplacedBy = key.Id;
        old.ExpiresAt = old.ExpiresAt < now + overlap ? old.ExpiresAt : now + overlap;
        db.ApiKeys.Add(key);
        db.Outbox.Add(
            new ApiKeyRotated(old.Id, key.Id, key.ServiceAccountId, old.ExpiresAt, currentUser.UserId),
            subject: old.Id,
            tenantId: scope.TenantId
        );
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.ApiKeyRotated,
            old.Id,
            AuditDetails
                .Create("service_account_id", key.ServiceAccountId)
                .With("replaced_by", key.Id)
                .With("name", key.Name)
                .With("scopes", key.Scopes)
                .With("expires_at", old.ExpiresAt)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Created(
            $"/api/tenants/{scope.TenantId}/service-accounts/{key.ServiceAccountId}/keys/{key.Id}",
            new CreatedApiKey(secret, ApiKeyView.From(key)),
            "Store the key now: it is not shown again"
        );
    }

    internal sealed record Services(IOptions<ServiceAccountOptions> Options, TimeProvider Clock);
}

/// <summary>The ids in the path of an API key.</summary>
internal sealed record KeyRoute(
    [property: FromRoute(Name = "serviceAccountId")] Guid ServiceAccountId,
    [property: FromRoute(Name = "keyId")] Guid KeyId
);
