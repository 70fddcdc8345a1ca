using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>The second factors of the current user.</summary>
/// <param name="Factors">The active factors, oldest first.</param>
/// <param name="RecoveryCodesLeft">The number of unused recovery codes.</param>
public sealed record FactorOverview(IReadOnlyList<FactorView> Factors, int RecoveryCodesLeft);

/// <summary>A second factor.</summary>
/// <param name="Id">The factor's id.</param>
/// <param name="Kind">totp or passkey.</param>
/// <param name="Name">A name that the owner gave it.</param>
/// <param name="CreatedAt">Time of the registration (UTC).</param>
/// <param name="LastUsedAt">Time of the last use (UTC); null when it was never used.</param>
/// <param name="IsBackedUp">True for a passkey that its owner's other devices have too; false for one on a single device; null for other
/// kinds.</param>
public sealed record FactorView(
    Guid Id,
    FactorKind Kind,
    string Name,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt,
    bool? IsBackedUp
)
{
    internal static FactorView From(Factor factor) =>
        new(
            factor.Id,
            factor.Kind,
            factor.Name,
            factor.CreatedAt,
            factor.LastUsedAt,
            factor.Kind is FactorKind.Passkey ? factor.IsBackedUp : null
        );
}

internal static class GetFactors
{
    internal static void Map(RouteGroupBuilder factors) => factors.MapGet("", Handle);

    /// <summary>Returns the second factors of the current user.</summary>
    internal static async Task<Ok<ApiResponse<FactorOverview>>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        SecondFactors secondFactors,
        CancellationToken ct
    )
    {
        var factors = await db
            .Factors.AsNoTracking()
            .Where(factor => factor.UserId == currentUser.UserId && factor.ConfirmedAt != null)
            .OrderBy(factor => factor.Id)
            .ToListAsync(ct);
        return ApiResponse.Ok(
            new FactorOverview([.. factors.Select(FactorView.From)], await secondFactors.CountRecoveryCodesAsync(currentUser.UserId, ct)),
            "Second factors retrieved"
        );
    }
}
