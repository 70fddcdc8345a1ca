using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Accounts;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Sessions;

/// <summary>Who signs in.</summary>
/// <param name="Email">The account's e-mail address.</param>
/// <param name="Password">The account's password.</param>
public sealed record LogInRequest([Required, Email] string Email, [Required, MaxLength(NewPasswordAttribute.MaxLength)] string Password);

internal static class LogIn
{
    private static readonly Problem InvalidCredentials = new(ProblemKind.Unauthenticated, "INVALID_CREDENTIALS", "The e-mail address or the password is invalid");
    private static readonly Problem AccountInactive = new(ProblemKind.Forbidden, "ACCOUNT_INACTIVE", "This account is inactive");

    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/login", Handle).AllowAnonymous().Refuses(HttpProblems.BadRequest, InvalidCredentials, AccountInactive);

    /// <summary>Signs in with e-mail address and password.</summary>
    /// <remarks>An unknown address and a wrong password get the same answer after the same time.</remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        LogInRequest request, ControlDb db, Passwords passwords, AccessTokens accessTokens, RefreshTokens refreshTokens, IOptions<SessionOptions> options, TimeProvider clock, CancellationToken ct)
    {
        var email = User.NormalizeEmail(request.Email);
        var user = await db.Users.SingleOrDefaultAsync(candidate => candidate.Email == email, ct);

        if (!await passwords.VerifyAsync(request.Password, user?.PasswordHash, ct) || user is null)
        {
            return InvalidCredentials.ToHttp();
        }

        if (!user.IsActive) // told only to someone who knows the password
        {
            return AccountInactive.ToHttp();
        }

        var now = clock.GetUtcNow();
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            CreatedAt = now,
            RefreshedAt = now,
            RefreshableUntil = now + options.Value.RefreshTokenLifetime,
            ExpiresAt = now + options.Value.SessionLifetime,
        };
        db.Sessions.Add(session);
        db.Audit.Record(Actor.User(user.Id), AuditAction.SignedIn, session.Id);
        await db.SaveChangesAsync(ct);

        return TypedResults.Ok(new SignedIn(
            Success: true,
            Message: "Login successful",
            AccessToken: accessTokens.Issue(user.Id, session.Id),
            RefreshToken: refreshTokens.Issue(session.Id, session.Generation),
            TokenType: "Bearer",
            ExpiresIn: (int)accessTokens.Lifetime.TotalSeconds,
            User: UserView.Of(user),
            Tenants: await TenantsOfAsync(db, user.Id, ct)));
    }

    private static Task<List<SignedInTenant>> TenantsOfAsync(ControlDb db, Guid userId, CancellationToken ct) =>
        db.Memberships
            .Where(membership => membership.UserId == userId)
            .OrderByDescending(membership => membership.JoinedAt).ThenBy(membership => membership.TenantId)
            .Join(db.Tenants.Where(Tenants.Tenant.IsOpen), membership => membership.TenantId, tenant => tenant.Id, (membership, tenant) => new SignedInTenant(tenant.Id, tenant.Name, membership.Role))
            .ToListAsync(ct);
}
