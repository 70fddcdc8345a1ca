using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Changes to a service account; omitted fields stay.</summary>
public sealed record ChangeServiceAccountRequest
{
    /// <summary>1 to 100 characters.</summary>
    [MinLength(1), Name(ServiceAccount.NameMaxLength)]
    public string Name { get; init; } = null!; // null means omitted: an explicit null is rejected

    /// <summary>At most 500 characters on one line; an empty text removes it.</summary>
    [OneLine(ServiceAccount.DescriptionMaxLength)]
    public string Description { get; init; } = null!;

    /// <summary>admin, user or viewer: the upper limit of all its API keys.</summary>
    public TenantRole? Role { get; init; }

    /// <summary>False rejects all its API keys until it is enabled again.</summary>
    public bool? IsEnabled { get; init; }
}

internal static class ChangeServiceAccount
{
    internal static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapPatch("/{serviceAccountId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(ServiceAccountProblems.AccountNotFound);

    /// <summary>Changes a service account. A role or a state applies to all its API keys from the next request on.</summary>
    internal static async Task<Results<Ok<ApiResponse<ServiceAccountView>>, ProblemResult>> Handle(
        Guid serviceAccountId,
        ChangeServiceAccountRequest request,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        if (
            await db.ServiceAccounts.SingleOrDefaultAsync(
                candidate => candidate.TenantId == scope.TenantId && candidate.Id == serviceAccountId,
                ct
            )
            is not { } account
        )
        {
            return ServiceAccountProblems.AccountNotFound.ToHttp();
        }

        var wasEnabled = account.DisabledAt is null;
        var now = clock.GetUtcNow();
        account.Name = request.Name is null ? account.Name : DisplayName.Parse(request.Name, ServiceAccount.NameMaxLength);
        account.Description = request.Description ?? account.Description;
        account.Role = request.Role ?? account.Role;
        account.DisabledAt = (request.IsEnabled ?? wasEnabled) ? null : account.DisabledAt ?? now;
        if (db.ChangeTracker.HasChanges())
        {
            account.UpdatedAt = now;
            db.Outbox.Add(
                new ServiceAccountChanged(account.Id, account.Role.ToJsonName(), account.DisabledAt is null, currentUser.UserId),
                subject: account.Id,
                tenantId: scope.TenantId
            );
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.ServiceAccountChanged,
                account.Id,
                AuditDetails
                    .Empty.WithChange(db.Entry(account), nameof(account.Name), nameof(account.Description), nameof(account.Role))
                    .WithChange("is_enabled", wasEnabled, account.DisabledAt is null)
            );
        }

        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(ServiceAccountView.From(account), "Service account changed");
    }
}
