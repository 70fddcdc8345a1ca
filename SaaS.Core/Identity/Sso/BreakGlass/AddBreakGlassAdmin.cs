using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>The secret for an authenticator app. It is shown only once.</summary>
/// <param name="Secret">The secret in base 32, for manual entry.</param>
/// <param name="OtpauthUri">The same secret as an `otpauth` URI, for a QR code.</param>
public sealed record AuthenticatorSecret(string Secret, string OtpauthUri);

internal static class AddBreakGlassAdmin
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/break-glass", Handle)
            .RequireTenantRole(TenantRole.Admin)
            .RequireRecentProof()
            .ProducesProblem(SsoProblems.NeedsPassword);

    /// <summary>
    /// Registers the current user, an admin, as a break-glass admin who signs in with a password and a one-time password when the identity
    /// provider fails.
    /// </summary>
    /// <remarks>
    /// Takes effect once a first one-time password is confirmed: `POST …/sso/break-glass/confirm`. A repeated request starts over with a
    /// new secret.
    /// </remarks>
    internal static async Task<Results<Ok<ApiResponse<AuthenticatorSecret>>, ProblemResult>> Handle(
        TenantScope scope,
        CurrentUser currentUser,
        ControlDbContext db,
        [AsParameters] Services services,
        CancellationToken ct
    )
    {
        var (liveSessions, cipher, product, clock) = services;
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (user.PasswordHash is null)
        {
            return SsoProblems.NeedsPassword.ToHttp();
        }

        var secret = OneTimePasswords.CreateSecret();
        var encryptedSecret = await cipher.EncryptAsync(secret, scope.TenantId, BreakGlassAdmin.SecretPurpose, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct); // serializes concurrent requests: the later one starts over
        await db
            .BreakGlassAdmins.Where(admin => admin.TenantId == scope.TenantId && admin.UserId == currentUser.UserId)
            .ExecuteDeleteAsync(ct);
        db.BreakGlassAdmins.Add(
            new BreakGlassAdmin
            {
                TenantId = scope.TenantId,
                UserId = currentUser.UserId,
                EncryptedSecret = encryptedSecret,
                CreatedAt = clock.GetUtcNow(),
            }
        );
        db.Audit.Record(
            scope.TenantId,
            scope.Actor,
            AuditAction.BreakGlassAdded,
            currentUser.UserId,
            AuditDetails.Empty.WithReplaced("secret")
        );
        await db.SaveChangesAsync(ct);
        // These sessions were opened with the previous secret.
        var ended = await liveSessions.EndInTenantAsync(
            currentUser.UserId,
            scope.TenantId,
            SignInMethod.BreakGlass,
            except: currentUser.SessionId,
            ct
        );
        await transaction.CommitAsync(ct);
        liveSessions.EvictFromCache(ended);
        return ApiResponse.Ok(
            new AuthenticatorSecret(secret, OneTimePasswords.CreateOtpauthUri(secret, user.Email.Value, product.Value.Name)),
            "Enter the secret in an authenticator app, then confirm a one-time password"
        );
    }

    internal sealed record Services(SessionStore SessionStore, Cipher Cipher, IOptions<ProductOptions> Product, TimeProvider Clock);
}
