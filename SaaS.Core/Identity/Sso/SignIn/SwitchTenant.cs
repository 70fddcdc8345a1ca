using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Where the caller wants to go.</summary>
/// <param name="TargetTenantId">The tenant.</param>
public sealed record SwitchTenantRequest([Required] Guid? TargetTenantId);

/// <summary>Opens a session of another tenant from one that a tenant's identity provider has opened.</summary>
internal sealed class SwitchTenant(ControlDbContext db, SsoConfigurations configurations, ProviderTokens tokens, AuthenticateWithProvider vouch, SsoAdmissionRules rules, CredentialRevocation revocation, TimeProvider clock)
{
    private static readonly Problem OwnTenant = Problem.OfField("target_tenant_id", "Is the tenant that this session is of.");

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/switch-tenant", Handle).AllowTenantBoundSession()
            .ProducesProblem(OwnTenant, TenantRoutes.SsoRequired, SsoProblems.NoIdentity, SsoProblems.NotAvailable, SsoProblems.EmailMissing, SsoProblems.DomainRefused, SsoProblems.GroupRefused, SsoProblems.SignInAgain, SsoProblems.ProviderAway);

    /// <summary>Opens another of the caller's tenants without another sign-in, where the same person of the same directory is known in both.</summary>
    /// <remarks>
    /// A directory speaks for its own people only: a tenant of another directory wants a sign-in of its own, at the address that
    /// `check-availability` shows. A session that was opened with the password needs no switch for tenants that admit passwords.
    /// The rules of the other tenant for domains, groups and roles hold as at its own sign-in. The new session ends with the one
    /// that it was opened from, and at the same time at the latest.
    /// </remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        SwitchTenantRequest request, CurrentUser currentUser, ClientDevice device, SwitchTenant switching, OpenSession open, CancellationToken ct)
    {
        var target = request.TargetTenantId!.Value;
        return !(await switching.AdmitAsync(target, currentUser, ct)).TryGetValue(out var admitted, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await SsoSignedIn.OpenAsync(open, admitted.User, device, target, admitted.Parent, ct));
    }

    private async Task<Result<Admitted>> AdmitAsync(Guid target, CurrentUser currentUser, CancellationToken ct)
    {
        if (currentUser.RestrictedToTenantId == target)
        {
            return OwnTenant; // it would be a way from an access token to a session that is renewed
        }

        if (!(await SsoMembership.FindAsync(db, configurations, target, currentUser.UserId, onlyTenantId: null, ct)).TryGetValue(out var there, out var refusal))
        {
            return refusal;
        }

        if (currentUser is not { Method: SignInMethod.Sso, RestrictedToTenantId: { } current }
            || !(await SsoMembership.FindAsync(db, configurations, current, currentUser.UserId, current, ct)).TryGetValue(out var here, out _)
            || (here.Identity.DirectoryId, here.Identity.ObjectId) != (there.Identity.DirectoryId, there.Identity.ObjectId))
        {
            return TenantRoutes.SsoRequired;
        }

        if (!(await FindGroupsAsync(there, ct)).TryGetValue(out var groups, out var unknown))
        {
            return unknown;
        }

        // The directory said it at the sign-in of this session, of the same person.
        if (SsoAdmissionRules.FindRefusal(there.Configuration, here.Identity.Email, groups.Ids) is { } notLetIn)
        {
            return notLetIn;
        }

        return await CommitAsync(target, currentUser, groups.Ids, ct);
    }

    private async Task<Result<Admitted>> CommitAsync(Guid target, CurrentUser currentUser, IReadOnlyList<string>? groups, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(target, ct);
        var configuration = await configurations.FindOpenAsync(target, ct);
        var membership = await db.Memberships.SingleOrDefaultAsync(one => one.TenantId == target && one.UserId == currentUser.UserId, ct);
        var parent = await Session.Valid(db, clock.GetUtcNow()).AsNoTracking().SingleOrDefaultAsync(session => session.Id == currentUser.SessionId, ct);
        if (configuration is null || membership is null || parent is null)
        {
            return SsoProblems.NotAvailable;
        }

        await rules.ChangeRoleAsync(configuration, membership, groups, ct);
        await revocation.CommitAsync(transaction, ct);
        return new Admitted(await db.Users.SingleAsync(user => user.Id == currentUser.UserId, ct), parent);
    }

    // Of the target's own application, which the directory may let this person use no more.
    private async Task<Result<KnownGroups>> FindGroupsAsync(SsoMembership there, CancellationToken ct)
    {
        if (!there.Configuration.AsksForGroups)
        {
            return new KnownGroups([]);
        }

        var (accessToken, renewal) = await tokens.FindAccessTokenAsync(there.Configuration, there.Identity.Id, ct);
        return accessToken is null ? SsoMembership.ProblemOf(renewal) : new KnownGroups(await vouch.FindGroupsAsync(there.Configuration, accessToken, ct));
    }

    /// <param name="Ids">Null when nobody could say.</param>
    private sealed record KnownGroups(IReadOnlyList<string>? Ids);

    private sealed record Admitted(User User, Session Parent);
}
