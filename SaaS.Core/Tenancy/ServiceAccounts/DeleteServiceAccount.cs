using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.ServiceAccounts;

internal static class DeleteServiceAccount
{
    internal static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapDelete("/{serviceAccountId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(ServiceAccountProblems.AccountNotFound);

    /// <summary>Deletes a service account and its API keys.</summary>
    /// <remarks>What it created stays, with its id as the owner.</remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid serviceAccountId,
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
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

        db.ServiceAccounts.Remove(account);
        db.Outbox.Add(new ServiceAccountDeleted(account.Id, currentUser.UserId), subject: account.Id, tenantId: scope.TenantId);
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.ServiceAccountDeleted,
            account.Id,
            AuditDetails.Create("name", account.Name).With("role", account.Role)
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return SuccessResponse.Ok("Service account deleted");
    }
}
