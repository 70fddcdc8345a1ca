using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Accounts;

/// <summary>Says why credentials are revoked, and so which of them.</summary>
internal enum RevocationReason
{
    /// <summary>The account has another password or address, or may sign in no more or again: everything that was issued for it.</summary>
    CredentialsChanged,

    /// <summary>The account has another owner: also the people of directories that it was linked to.</summary>
    OwnerChanged,

    /// <summary>The account is no member of the tenant any more: what opens that tenant.</summary>
    MembershipEnded,

    /// <summary>The account is no admin of the tenant any more: what only admins have there.</summary>
    AdminRoleEnded,
}

/// <summary>Names the credentials that are revoked.</summary>
/// <param name="TenantId">The tenant that they open; null for those of the account.</param>
/// <param name="KeptSessionId">The session that goes on; null to end all.</param>
internal sealed record Revocation(RevocationReason Reason, Guid UserId, Guid? TenantId, Guid? KeptSessionId, Actor Actor)
{
    /// <summary>The account's new stamp, for what goes on; null where the account itself stays as it is.</summary>
    public Guid? SecurityStamp { get; init; }

    /// <summary>The person of an identity provider who is the owner, in its words; null where there is none.</summary>
    public string? OwnersSubject { get; init; }

    public bool IsOfAccount => Reason is RevocationReason.CredentialsChanged or RevocationReason.OwnerChanged;
}

/// <summary>Revokes the credentials that one capability issues. A capability that issues another kind registers one.</summary>
internal abstract class CredentialRevoker
{
    /// <summary>Revokes them in the caller's transaction.</summary>
    public abstract Task RevokeAsync(Revocation revocation, CancellationToken ct);

    /// <summary>Runs after the commit, for what this process has cached.</summary>
    public virtual void OnCommitted()
    {
    }
}

/// <summary>
/// Revokes all outstanding credentials at once, in the transaction of the act that makes them invalid: links, sessions, second
/// factors, pending sign-ins. What is issued names the account's <see cref="User.SecurityStamp"/> and is valid for that stamp only.
/// </summary>
internal sealed class CredentialRevocation(ControlDbContext db, IEnumerable<CredentialRevoker> revokers, TimeProvider clock)
{
    /// <summary>Locks the account, so that acts on its credentials follow one another; to be called in their transaction, before anything is decided.</summary>
    /// <returns>The account as it is now; null when there is none.</returns>
    public async Task<User?> LockAsync(Guid userId, CancellationToken ct)
    {
        // FOR UPDATE also waits for a session that is being opened at this moment, and makes the next one wait.
        await db.Database.ExecuteSqlAsync($"SELECT FROM users WHERE id = {userId} FOR UPDATE", ct);
        if (db.ChangeTracker.Entries<User>().SingleOrDefault(entry => entry.Entity.Id == userId) is { } known)
        {
            await known.ReloadAsync(ct);
        }

        return await db.Users.SingleOrDefaultAsync(user => user.Id == userId, ct);
    }

    /// <summary>Revokes everything that was issued for the account; <see cref="CommitAsync"/> follows.</summary>
    /// <param name="user">Locked.</param>
    /// <param name="keptSessionId">The session that goes on; null to end all.</param>
    /// <param name="ownersSubject">The person of an identity provider who is the owner from now on, and stays linked.</param>
    public async Task RevokeAsync(User user, RevocationReason reason, Guid? keptSessionId, Actor actor, CancellationToken ct, string? ownersSubject = null)
    {
        user.SecurityStamp = Guid.CreateVersion7(clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await RevokeAsync(new Revocation(reason, user.Id, TenantId: null, keptSessionId, actor) { SecurityStamp = user.SecurityStamp, OwnersSubject = ownersSubject }, ct);
    }

    /// <summary>Revokes what the account has in one tenant; <see cref="CommitAsync"/> follows.</summary>
    public Task RevokeInTenantAsync(Guid userId, Guid tenantId, RevocationReason reason, Actor actor, CancellationToken ct) =>
        RevokeAsync(new Revocation(reason, userId, tenantId, KeptSessionId: null, actor), ct);

    /// <summary>Saves and commits the act, then drops what this process has cached of revoked credentials.</summary>
    public async Task CommitAsync(IDbContextTransaction transaction, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        foreach (var revoker in revokers)
        {
            revoker.OnCommitted();
        }
    }

    private async Task RevokeAsync(Revocation revocation, CancellationToken ct)
    {
        foreach (var revoker in revokers)
        {
            await revoker.RevokeAsync(revocation, ct);
        }
    }
}
