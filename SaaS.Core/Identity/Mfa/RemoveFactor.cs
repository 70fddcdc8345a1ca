using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

internal static class RemoveFactor
{
    internal static void Map(RouteGroupBuilder factors) =>
        factors.MapDelete("/{factorId:guid}", Handle).RequireRecentProof().ProducesProblem(FactorProblems.NotFound);

    /// <summary>Removes a second factor of the current user.</summary>
    /// <remarks>
    /// Ends the other sessions of the account and revokes what was issued before. Without any factor a sign-in asks for the password only,
    /// and the recovery codes are removed.
    /// </remarks>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        Guid factorId,
        CurrentUser currentUser,
        ControlDbContext db,
        ChangeFactors change,
        CancellationToken ct
    )
    {
        await using var transaction = await change.BeginAsync(currentUser, ct);
        var own = db.Factors.Where(factor => factor.Id == factorId && factor.UserId == currentUser.UserId && factor.ConfirmedAt != null);
        if (await own.AsNoTracking().SingleOrDefaultAsync(ct) is not { } factor)
        {
            return FactorProblems.NotFound.ToHttp();
        }

        await own.ExecuteDeleteAsync(ct);
        await change.CommitRemovedAsync(transaction, factor, currentUser, ct);
        return SuccessResponse.Ok("Second factor removed; other sessions have ended");
    }
}
