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
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>A service account to create.</summary>
/// <param name="Name">1 to 100 characters; others of the tenant may have the same name.</param>
/// <param name="Description">At most 500 characters on one line; optional.</param>
/// <param name="Role">admin, user or viewer: the upper limit of all its API keys.</param>
public sealed record CreateServiceAccountRequest(
    [Required, Name(ServiceAccount.NameMaxLength)] string Name,
    [OneLine(ServiceAccount.DescriptionMaxLength)] string? Description,
    [Required] TenantRole? Role
);

internal static class CreateServiceAccount
{
    internal static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapPost("", Handle)
            .Idempotent<CreateServiceAccountRequest>()
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(ServiceAccountProblems.TooManyAccounts);

    /// <summary>Creates a service account, which has no API key yet.</summary>
    internal static async Task<Results<Created<ApiResponse<ServiceAccountView>>, ProblemResult>> Handle(
        CreateServiceAccountRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        IdempotencyContext idempotency,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (await db.ServiceAccounts.CountAsync(account => account.TenantId == scope.TenantId, ct) >= services.Options.Value.MaxPerTenant)
        {
            return ServiceAccountProblems.TooManyAccounts.ToHttp();
        }

        var now = services.Clock.GetUtcNow();
        var account = new ServiceAccount
        {
            Id = Guid.CreateVersion7(now),
            TenantId = scope.TenantId,
            Name = DisplayName.Parse(request.Name, ServiceAccount.NameMaxLength),
            Description = request.Description ?? "",
            Role = request.Role!.Value,
            CreatedBy = currentUser.UserId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.ServiceAccounts.Add(account);
        db.Outbox.Add(
            new ServiceAccountCreated(account.Id, account.Role.ToJsonName(), currentUser.UserId),
            subject: account.Id,
            tenantId: scope.TenantId
        );
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.ServiceAccountCreated,
            account.Id,
            AuditDetails.Create("name", account.Name).With("role", account.Role)
        );
        var response = idempotency.StoreResponse(
            db,
            ApiResponse.Created(
                $"/api/tenants/{scope.TenantId}/service-accounts/{account.Id}",
                ServiceAccountView.From(account),
                "Service account created"
            )
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return response;
    }

    internal sealed record Services(IOptions<ServiceAccountOptions> Options, TimeProvider Clock);
}
