using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Mfa;

/// <summary>A new passkey.</summary>
/// <param name="Name">A name that the owner recognizes: 1 to 100 characters.</param>
/// <param name="Credential">The browser's response in JSON: `PublicKeyCredential.toJSON()`.</param>
public sealed record AddPasskeyRequest([Required, Name(Factor.NameMaxLength)] string Name, JsonElement Credential);

internal static class AddPasskey
{
    private const int MaxPasskeys = 20;

    internal static void Map(RouteGroupBuilder factors) =>
        factors
            .MapPost("/passkeys", Handle)
            .RequireRecentProof()
            .ProducesProblem(HttpProblems.BadRequest, Passkeys.Rejected, FactorProblems.TooManyPasskeys);

    /// <summary>Adds a passkey or security key to the current account.</summary>
    /// <remarks>
    /// From now on a sign-in with the password asks for a second factor, and the passkey alone signs in where it verifies its user. Ends the
    /// other sessions of the account and revokes what was issued before. The first factor comes with recovery codes.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<ActivatedFactor>>, ProblemResult>> Handle(
        AddPasskeyRequest request,
        CurrentUser currentUser,
        ControlDbContext db,
        Passkeys passkeys,
        ChangeFactors change,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await passkeys.FinishRegistrationAsync(currentUser.UserId, request.Credential, ct) is not { } registered)
        {
            return Passkeys.Rejected.ToHttp();
        }

        var now = clock.GetUtcNow();
        var factor = new Factor
        {
            Id = Guid.CreateVersion7(now),
            UserId = currentUser.UserId,
            Kind = FactorKind.Passkey,
            Name = DisplayName.Parse(request.Name, Factor.NameMaxLength),
            CredentialId = registered.Id,
            PublicKey = registered.PublicKey,
            SignCount = registered.SignCount,
            IsBackupEligible = registered.IsBackupEligible,
            IsBackedUp = registered.IsBackedUp,
            ConfirmedAt = now,
            CreatedAt = now,
        };
        await using var transaction = await change.BeginAsync(currentUser, ct);
        if (await HasMaxAsync(db, currentUser, ct))
        {
            return FactorProblems.TooManyPasskeys.ToHttp();
        }

        db.Factors.Add(factor);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(Factor.Mapping.CredentialIndex))
        {
            return Passkeys.Rejected.ToHttp(); // registered by another account meanwhile
        }

        var codes = await change.CommitAddedAsync(transaction, factor, currentUser, ct);
        return ApiResponse.Created(
            "/api/users/me/factors",
            new ActivatedFactor(FactorView.From(factor), codes),
            "Passkey added; other sessions have ended"
        );
    }

    internal static async Task<bool> HasMaxAsync(ControlDbContext db, CurrentUser currentUser, CancellationToken ct) =>
        await db.Factors.CountAsync(factor => factor.UserId == currentUser.UserId && factor.Kind == FactorKind.Passkey, ct) >= MaxPasskeys;
}
