using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>An API key to create.</summary>
public sealed record CreateApiKeyRequest
{
    /// <summary>1 to 100 characters; others of the service account may have the same name.</summary>
    [Required, Name(ApiKey.NameMaxLength)]
    public required string Name { get; init; }

    /// <summary>What the key may do; each scope must be one that the role of the service account can use.</summary>
    [MinLength(1), MaxLength(32), NoNulls, Scopes]
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The networks that it may be used from, in CIDR notation, or single addresses; all networks unless given.</summary>
    [MaxLength(ApiKey.MaxNetworks), NoNulls, Networks]
    public IReadOnlyList<string>? AllowedNetworks { get; init; }

    /// <summary>The lifetime in days: at most 2 years, one year unless given; settings may lower both.</summary>
    [Range(1, CreateApiKey.MaxDays)]
    public int? ExpiresInDays { get; init; }
}

internal static class CreateApiKey
{
    internal const int MaxDays = 730;

    internal static void Map(RouteGroupBuilder keys) =>
        keys.MapPost("", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(ServiceAccountProblems.AccountNotFound, ServiceAccountProblems.TooManyKeys);

    /// <summary>Creates an API key for a service account. Its secret is shown only in this response.</summary>
    /// <remarks>Takes no Idempotency-Key, because a stored response would contain the secret: revoke a key whose response was lost.</remarks>
    internal static async Task<Results<Created<ApiResponse<CreatedApiKey>>, ProblemResult>> Handle(
        Guid serviceAccountId,
        CreateApiKeyRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var options = services.Options.Value;
        var now = services.Clock.GetUtcNow();
        var lifetime =
            request.ExpiresInDays is { } days ? TimeSpan.FromDays(days)
            : options.DefaultKeyLifetime < options.MaxKeyLifetime ? options.DefaultKeyLifetime
            : options.MaxKeyLifetime;
        if (lifetime > options.MaxKeyLifetime)
        {
            return Problem.ForField("expires_in_days", $"The platform's limit is {options.MaxKeyLifetime.TotalDays:0.##}.").ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (
            await db
                .ServiceAccounts.AsNoTracking()
                .SingleOrDefaultAsync(candidate => candidate.TenantId == scope.TenantId && candidate.Id == serviceAccountId, ct)
            is not { } account
        )
        {
            return ServiceAccountProblems.AccountNotFound.ToHttp();
        }

        var scopes = request.Scopes.Distinct().Order(StringComparer.Ordinal).Select(name => ApiScope.Find(name)!).ToList();
        if (scopes.Find(wanted => !account.Role.Includes(wanted.Role)) is { } excessive)
        {
            return Problem
                .ForField("scopes", $"{excessive.Name} needs the role {excessive.Role.ToJsonName()} or higher of the service account.")
                .ToHttp();
        }

        var valid = db.ApiKeys.Where(ApiKey.IsValidAt(now)).Where(key => key.ServiceAccountId == account.Id && key.ReplacedBy == null);
        if (await valid.CountAsync(ct) >= options.MaxKeysPerAccount)
        {
            return ServiceAccountProblems.TooManyKeys.ToHttp();
        }

        var secret = ApiKeyText.Create(scope.TenantId);
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(now),
            ServiceAccountId = account.Id,
            Name = DisplayName.Parse(request.Name, ApiKey.NameMaxLength),
            Hint = ApiKeyText.GetHint(secret),
            KeyHash = ApiKeyText.ComputeHash(secret),
            Scopes = [.. scopes.Select(one => one.Name)],
            AllowedNetworks =
            [
                .. (request.AllowedNetworks ?? []).Select(text => NetworksAttribute.Parse(text)!.Value.ToString()).Distinct(),
            ],
            CreatedBy = currentUser.UserId,
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        };
        db.ApiKeys.Add(key);
        db.Outbox.Add(
            new ApiKeyCreated(key.Id, account.Id, key.Scopes, key.ExpiresAt, currentUser.UserId),
            subject: key.Id,
            tenantId: scope.TenantId
        );
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.ApiKeyCreated,
            key.Id,
            AuditDetails
                .Create("service_account_id", account.Id)
                .With("name", key.Name)
                .With("scopes", key.Scopes)
                .With("allowed_networks", key.AllowedNetworks)
                .With("expires_at", key.ExpiresAt)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Created(
            $"/api/tenants/{scope.TenantId}/service-accounts/{account.Id}/keys/{key.Id}",
            new CreatedApiKey(secret, ApiKeyView.From(key)),
            "Store the key now: it is not shown again"
        );
    }

    internal sealed record Services(IOptions<ServiceAccountOptions> Options, TimeProvider Clock);
}
