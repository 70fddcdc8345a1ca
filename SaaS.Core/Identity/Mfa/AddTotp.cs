using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Mfa;

/// <summary>The name of the authenticator app.</summary>
/// <param name="Name">1 to 100 characters; `Authenticator app` when omitted.</param>
public sealed record AddTotpRequest([Name(Factor.NameMaxLength)] string? Name = null);

/// <summary>The secret of an authenticator app, which is shown once.</summary>
/// <param name="FactorId">The factor's id.</param>
/// <param name="Secret">The secret in base 32, for manual entry.</param>
/// <param name="OtpauthUri">The secret as an `otpauth` URI.</param>
/// <param name="QrCodeSvg">The URI as a QR code in SVG.</param>
/// <param name="ExpiresAt">The time until which it must be confirmed (UTC).</param>
public sealed record TotpRegistration(Guid FactorId, string Secret, string OtpauthUri, string QrCodeSvg, DateTimeOffset ExpiresAt);

internal static class AddTotp
{
    private const string DefaultName = "Authenticator app";

    internal static void Map(RouteGroupBuilder factors) =>
        factors.MapPost("/totp", Handle).RequireRecentProof().ProducesProblem(HttpProblems.BadRequest, FactorProblems.TotpExists);

    /// <summary>Begins the registration of an authenticator app.</summary>
    /// <remarks>
    /// Takes effect once a first one-time password is confirmed: `POST /api/users/me/factors/totp/confirm`. A repeated request starts over
    /// with a new secret.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<TotpRegistration>>, ProblemResult>> Handle(
        AddTotpRequest? request,
        CurrentUser currentUser,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (secondFactors, revocation, product, clock) = services;
        var secret = OneTimePasswords.CreateSecret();
        var encryptedSecret = await secondFactors.EncryptSecretAsync(secret, ct);
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var user = (await revocation.LockAsync(currentUser.UserId, ct))!; // serializes concurrent requests: the later one starts over
        var own = db.Factors.Where(factor => factor.UserId == currentUser.UserId && factor.Kind == FactorKind.Totp);
        if (await own.AnyAsync(factor => factor.ConfirmedAt != null, ct))
        {
            return FactorProblems.TotpExists.ToHttp();
        }

        await own.ExecuteDeleteAsync(ct);
        var factor = new Factor
        {
            Id = Guid.CreateVersion7(now),
            UserId = currentUser.UserId,
            Kind = FactorKind.Totp,
            Name = request?.Name is { Length: > 0 } name ? DisplayName.Parse(name, Factor.NameMaxLength) : DefaultName,
            EncryptedSecret = encryptedSecret,
            CreatedAt = now,
        };
        db.Factors.Add(factor);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);

        var uri = OneTimePasswords.CreateOtpauthUri(secret, user.Email.Value, product.Value.Name);
        return ApiResponse.Ok(
            new TotpRegistration(factor.Id, secret, uri, QrCode.ToSvg(uri), now + Factor.ConfirmationTimeout),
            "Scan the QR code with an authenticator app, then confirm a one-time password"
        );
    }

    internal sealed record Services(
        SecondFactors SecondFactors,
        CredentialRevocation Revocation,
        IOptions<ProductOptions> Product,
        TimeProvider Clock
    );
}
