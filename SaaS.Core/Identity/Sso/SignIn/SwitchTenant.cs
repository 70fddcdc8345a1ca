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
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The tenant to switch to.</summary>
/// <param name="TargetTenantId">The tenant's id.</param>
public sealed record SwitchTenantRequest([Required] Guid? TargetTenantId);

/// <summary>Opens a session of another tenant from a session that single sign-on opened.</summary>
internal sealed class SwitchTenant(
    ControlDbContext db,
    SsoConfigurations configurations,
    ProviderTokens tokens,
    AuthenticateWithProvider authenticate,
    SsoAdmissionRules rules,
    CredentialRevocation revocation,
    TimeProvider clock
)
{
    private static readonly Problem OwnTenant = Problem.ForField("target_tenant_id", "Is the tenant that this session is of.");

    internal static void Map(RouteGroupBuilder sso) =>
        sso.MapPost("/switch-tenant", Handle)
            .AllowTenantBoundSession()
            .ProducesProblem(
                OwnTenant,
                TenantRoutes.SsoRequired,
                SsoProblems.NoIdentity,
                SsoProblems.NotAvailable,
                SsoProblems.EmailMissing,
                SsoProblems.DomainRejected,
                SsoProblems.GroupRejected,
                SsoProblems.SignInAgain,
                SsoProblems.ProviderUnavailable
            );

    /// <summary>
    /// Opens another of the current user's tenants without a new sign-in, if both are linked to the same user of the same directory.
    /// </summary>
    /// <remarks>
    /// A tenant with another directory requires its own sign-in, at the URL that `check-availability` returns. A session opened with the
    /// password needs no switch for tenants that admit passwords. The target tenant's rules for domains, groups and roles apply as at its
    /// own sign-in. The new session ends with its parent session, and expires at the same time at the latest.
    /// </remarks>
    internal static async Task<Results<Ok<SsoSignedIn>, ProblemResult>> Handle(
        SwitchTenantRequest request,
        CurrentUser currentUser,
        ClientDevice device,
        SwitchTenant switching,
        OpenSession open,
        CancellationToken ct
    )
    {
        var target = request.TargetTenantId!.Value;
        return !(await switching.AdmitAsync(target, currentUser, ct)).TryGetValue(out var admitted, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(
                await SsoSignedIn.OpenAsync(
                    open,
                    SignInProof.FromProvider(admitted.User, admitted.Parent.Amr),
                    device,
                    target,
                    admitted.Parent,
                    ct
                )
            );
    }

    private async Task<Result<TenantSwitch>> AdmitAsync(Guid target, CurrentUser currentUser, CancellationToken ct)
    {
        if (currentUser.RestrictedToTenantId == target)
        {
            return OwnTenant; // would turn an access token into a refreshable session
        }

        if (
            !(await SsoMembership.FindAsync(db, configurations, target, currentUser.UserId, restrictedToTenantId: null, ct)).TryGetValue(
                out var targetMembership,
                out var refusal
            )
        )
        {
            return refusal;
        }

        if (
            currentUser is not { Method: SignInMethod.Sso, RestrictedToTenantId: { } current }
            || !(await SsoMembership.FindAsync(db, configurations, current, currentUser.UserId, current, ct)).TryGetValue(
                out var currentMembership,
                out _
            )
            || (currentMembership.Identity.DirectoryId, currentMembership.Identity.ObjectId)
                != (targetMembership.Identity.DirectoryId, targetMembership.Identity.ObjectId)
        )
        {
            return TenantRoutes.SsoRequired;
        }

        if (!(await GetGroupsAsync(targetMembership, ct)).TryGetValue(out var groups, out var unknown))
        {
            return unknown;
        }

        // The directory stated this address for the same user when this session was opened.
        if (SsoAdmissionRules.Check(targetMembership.Configuration, currentMembership.Identity.Email, groups.Ids) is { } rejection)
        {
            return rejection;
        }

        return await CommitAsync(target, currentUser, groups.Ids, ct);
    }

    private async Task<Result<TenantSwitch>> CommitAsync(
        Guid target,
        CurrentUser currentUser,
        IReadOnlyList<string>? groups,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(target, ct);
        var configuration = await configurations.FindAvailableAsync(target, ct);
        var membership = await db.Memberships.SingleOrDefaultAsync(one => one.TenantId == target && one.UserId == currentUser.UserId, ct);
        var parent = await Session
            .QueryValid(db, clock.GetUtcNow())
            .AsNoTracking()
            .SingleOrDefaultAsync(session => session.Id == currentUser.SessionId, ct);
        if (configuration is null || membership is null || parent is null)
        {
            return SsoProblems.NotAvailable;
        }

        await rules.ChangeRoleAsync(configuration, membership, groups, ct);
        await revocation.CommitAsync(transaction, ct);
        return new TenantSwitch(await db.Users.SingleAsync(user => user.Id == currentUser.UserId, ct), parent);
    }

    // Uses a token of the target's own application, which the directory may have withdrawn from this user.
    private async Task<Result<GroupIds>> GetGroupsAsync(SsoMembership targetMembership, CancellationToken ct)
    {
        if (!targetMembership.Configuration.UsesGroups)
        {
            return new GroupIds([]);
        }

        var (accessToken, renewal) = await tokens.GetAccessTokenAsync(targetMembership.Configuration, targetMembership.Identity.Id, ct);
        return accessToken is null
            ? SsoMembership.ProblemOf(renewal)
            : new GroupIds(await authenticate.ReadGroupsAsync(targetMembership.Configuration, accessToken, ct));
    }

    /// <param name="Ids">Null when they could not be read.</param>
    private sealed record GroupIds(IReadOnlyList<string>? Ids);

    private sealed record TenantSwitch(User User, Session Parent);
}
