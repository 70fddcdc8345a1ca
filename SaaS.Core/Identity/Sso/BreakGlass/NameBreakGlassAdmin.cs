using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Sso.BreakGlass;

/// <summary>What an authenticator app has to be told. It is shown this once.</summary>
/// <param name="Secret">The secret in base 32, for typing.</param>
/// <param name="OtpauthUri">The same for a QR code.</param>
public sealed record AuthenticatorSecret(string Secret, string OtpauthUri);

internal static class NameBreakGlassAdmin
{
    internal static void Map(RouteGroupBuilder tenant) =>
        tenant.MapPost("/break-glass", Handle).NeedsRole(TenantRole.Admin).Refuses(SsoProblems.NeedsPassword);

    /// <summary>Names the caller, an admin, to get in with a password and a one-time password when the identity provider fails.</summary>
    /// <remarks>It holds once a first one-time password is confirmed: `POST …/sso/break-glass/confirm`. Asked again, it starts over with another secret.</remarks>
    internal static async Task<Results<Ok<Answer<AuthenticatorSecret>>, ProblemResult>> Handle(
        TenantScope scope, Caller caller, ControlDb db, LiveSessions liveSessions, Cipher cipher, IOptions<MailOptions> mail, TimeProvider clock, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == caller.UserId, ct);
        if (user.PasswordHash is null)
        {
            return SsoProblems.NeedsPassword.ToHttp();
        }

        var secret = OneTimePasswords.NewSecret();
        var sealedSecret = await cipher.SealAsync(secret, scope.TenantId, BreakGlassAdmin.SecretPurpose, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct); // asked twice at once, the later one starts over
        await db.BreakGlassAdmins.Where(admin => admin.TenantId == scope.TenantId && admin.UserId == caller.UserId).ExecuteDeleteAsync(ct);
        db.BreakGlassAdmins.Add(new BreakGlassAdmin { TenantId = scope.TenantId, UserId = caller.UserId, SealedSecret = sealedSecret, CreatedAt = clock.GetUtcNow() });
        db.Audit.Record(scope.TenantId, scope.Actor, AuditAction.BreakGlassNamed, caller.UserId, AuditDetails.None.Replaced("secret"));
        await db.SaveChangesAsync(ct);
        var ended = await liveSessions.EndInTenantAsync(caller.UserId, scope.TenantId, SignInMethod.BreakGlass, but: caller.SessionId, ct); // the secret before opened them
        await transaction.CommitAsync(ct);
        liveSessions.Forget(ended);
        return Answer.Ok(new AuthenticatorSecret(secret, OneTimePasswords.AddressOf(secret, user.Email.Value, mail.Value.ProductName)), "Enter the secret in an authenticator app, then confirm a one-time password");
    }
}
