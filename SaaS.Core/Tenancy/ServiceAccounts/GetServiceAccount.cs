using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.ServiceAccounts;

internal static class GetServiceAccount
{
    internal static void Map(RouteGroupBuilder accounts) =>
        accounts
            .MapGet("/{serviceAccountId:guid}", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(ServiceAccountProblems.AccountNotFound);

    /// <summary>Returns a service account.</summary>
    internal static async Task<Results<Ok<ApiResponse<ServiceAccountView>>, ProblemResult>> Handle(
        Guid serviceAccountId,
        TenantScope scope,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        var account = await db
            .ServiceAccounts.Where(candidate => candidate.TenantId == scope.TenantId && candidate.Id == serviceAccountId)
            .Select(ServiceAccountView.Projection)
            .SingleOrDefaultAsync(ct);
        return account is null ? ServiceAccountProblems.AccountNotFound.ToHttp() : ApiResponse.Ok(account, "Service account retrieved");
    }
}
