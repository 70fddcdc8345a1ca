using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>New recovery codes.</summary>
/// <param name="RecoveryCodes">Ten codes that replace a lost factor once each, shown only now.</param>
public sealed record NewRecoveryCodes(IReadOnlyList<string> RecoveryCodes);

internal static class ReplaceRecoveryCodes
{
    internal static void Map(RouteGroupBuilder factors) =>
        factors.MapPost("/recovery-codes", Handle).RequireRecentProof().ProducesProblem(FactorProblems.NoFactor);

    /// <summary>Creates ten new recovery codes. The previous ones are no longer valid.</summary>
    internal static async Task<Results<Ok<ApiResponse<NewRecoveryCodes>>, ProblemResult>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        SecondFactors secondFactors,
        CredentialRevocation revocation,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await revocation.LockAsync(currentUser.UserId, ct);
        if (!await db.Factors.AnyAsync(factor => factor.UserId == currentUser.UserId && factor.ConfirmedAt != null, ct))
        {
            return FactorProblems.NoFactor.ToHttp();
        }

        var codes = await secondFactors.ReplaceRecoveryCodesAsync(currentUser.UserId, ct);
        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.RecoveryCodesReplaced,
            currentUser.UserId,
            AuditDetails.Empty.WithReplaced("codes")
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ApiResponse.Ok(new NewRecoveryCodes(codes), "Keep the recovery codes in a safe place; they are not shown again");
    }
}
