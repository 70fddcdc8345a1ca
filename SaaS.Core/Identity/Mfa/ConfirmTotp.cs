using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>A one-time password of the authenticator app.</summary>
/// <param name="Code">Six digits.</param>
public sealed record ConfirmTotpRequest([Required, OneTimePassword] string Code);

/// <summary>A new second factor.</summary>
/// <param name="Factor">The factor.</param>
/// <param name="RecoveryCodes">Ten codes that replace a lost factor once each, shown only now; null when the account has codes
/// already.</param>
public sealed record ActivatedFactor(FactorView Factor, IReadOnlyList<string>? RecoveryCodes);

internal static class ConfirmTotp
{
    internal static void Map(RouteGroupBuilder factors) =>
        factors
            .MapPost("/totp/confirm", Handle)
            .RequireRateLimiting(RateLimitClass.SignIn)
            .RequireRecentProof()
            .ProducesProblem(HttpProblems.BadRequest, FactorProblems.NotBegun, VerifySecondFactor.WrongCode);

    /// <summary>Activates an authenticator app with a first one-time password.</summary>
    /// <remarks>
    /// From now on a sign-in asks for a second factor. Ends the other sessions of the account and revokes what was issued before. The first
    /// factor comes with recovery codes.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<ActivatedFactor>>, ProblemResult>> Handle(
        ConfirmTotpRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        SecondFactors secondFactors,
        ChangeFactors change,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var earliest = now - Factor.ConfirmationTimeout;
        if (
            await db
                .Factors.AsNoTracking()
                .SingleOrDefaultAsync(
                    factor =>
                        factor.UserId == currentUser.UserId
                        && factor.Kind == FactorKind.Totp
                        && factor.ConfirmedAt == null
                        && factor.CreatedAt > earliest,
                    ct
                )
            is not { } begun
        )
        {
            return FactorProblems.NotBegun.ToHttp();
        }

        if (await secondFactors.FindTimeStepAsync(begun, request.Code, ct) is not { } step)
        {
            return VerifySecondFactor.WrongCode.ToHttp();
        }

        await using var transaction = await change.BeginAsync(currentUser, ct);
        var confirmed = await db
            .Factors.Where(factor => factor.Id == begun.Id && factor.ConfirmedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(factor => factor.ConfirmedAt, now).SetProperty(factor => factor.LastStep, step), ct);
        return confirmed == 0
            ? FactorProblems.NotBegun.ToHttp()
            : ApiResponse.Ok(
                new ActivatedFactor(FactorView.From(begun), await change.CommitAddedAsync(transaction, begun, currentUser, ct)),
                "Second factor activated; other sessions have ended"
            );
    }
}
