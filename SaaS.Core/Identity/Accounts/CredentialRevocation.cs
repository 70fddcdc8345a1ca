using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Accounts;

/// <summary>The reason of a revocation, which decides which credentials are revoked.</summary>
internal enum RevocationReason
{
    /// <summary>The account's password, address or permission to sign in changed: revokes everything issued for it.</summary>
    CredentialsChanged,

    /// <summary>The account's owner changed: also revokes its links to external identities.</summary>
    OwnerChanged,

    /// <summary>The membership ended: revokes the credentials for that tenant.</summary>
    MembershipEnded,

    /// <summary>The admin role ended: revokes the credentials that only admins of that tenant have.</summary>
    AdminRoleEnded,
}

/// <summary>The credentials to revoke.</summary>
/// <param name="TenantId">The tenant that they give access to; null for all credentials of the account.</param>
/// <param name="KeptSessionId">The session to keep; null to end all.</param>
internal sealed record Revocation(RevocationReason Reason, Guid UserId, Guid? TenantId, Guid? KeptSessionId, Actor Actor)
{
    /// <summary>The account's new stamp, for credentials that are kept; null when the account itself does not change.</summary>
    public Guid? SecurityStamp { get; init; }

    /// <summary>The owner's subject at the identity provider; null when there is none.</summary>
    public string? OwnerSubject { get; init; }

    public bool IsAccountWide => Reason is RevocationReason.CredentialsChanged or RevocationReason.OwnerChanged;
}

/// <summary>Revokes the credentials that one capability issues. Each such capability registers its own revoker.</summary>
internal abstract class CredentialRevoker
{
    /// <summary>Revokes the credentials in the caller's transaction.</summary>
    public abstract Task RevokeAsync(Revocation revocation, CancellationToken ct);

    /// <summary>Runs after the commit, to drop revoked credentials from the caches of this process.</summary>
    public virtual void OnCommitted() { }
}

/// <summary>
/// Revokes outstanding credentials (links, sessions, second factors, pending sign-ins) in the transaction that invalidates them.
/// Every credential names the account's <see cref="User.SecurityStamp"/> and is valid for that stamp only.
/// </summary>
internal sealed class CredentialRevocation(ControlDbContext db, IEnumerable<CredentialRevoker> revokers, TimeProvider clock)
{
    /// <summary>
    /// Locks the account, so that changes of its credentials are serialized. Call it in their transaction, before any check.
    /// </summary>
    /// <returns>The current account; null when it does not exist.</returns>
    public async Task<User?> LockAsync(Guid userId, CancellationToken ct)
    {
        // FOR UPDATE also waits for a session that is being opened concurrently, and makes the next one wait.
        await db.Database.ExecuteSqlAsync($"SELECT FROM users WHERE id = {userId} FOR UPDATE", ct);
        if (db.ChangeTracker.Entries<User>().SingleOrDefault(entry => entry.Entity.Id == userId) is { } known)
        {
            await known.ReloadAsync(ct);
        }

        return await db.Users.SingleOrDefaultAsync(user => user.Id == userId, ct);
    }

    /// <summary>Revokes everything issued for the account. Call <see cref="CommitAsync"/> afterwards.</summary>
    /// <param name="user">The locked account.</param>
    /// <param name="keptSessionId">The session to keep; null to end all.</param>
    /// <param name="ownerSubject">The new owner's subject at the identity provider, which stays linked.</param>
    public async Task RevokeAsync(
        User user,
        RevocationReason reason,
        Guid? keptSessionId,
        Actor actor,
        CancellationToken ct,
        string? ownerSubject = null
    )
    {
        user.SecurityStamp = Guid.CreateVersion7(clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await RevokeAsync(
            new Revocation(reason, user.Id, TenantId: null, keptSessionId, actor)
            {
                SecurityStamp = user.SecurityStamp,
                OwnerSubject = ownerSubject,
            },
            ct
        );
    }

    /// <summary>Revokes the account's credentials in one tenant. Call <see cref="CommitAsync"/> afterwards.</summary>
    public Task RevokeInTenantAsync(Guid userId, Guid tenantId, RevocationReason reason, Actor actor, CancellationToken ct) =>
        RevokeAsync(new Revocation(reason, userId, tenantId, KeptSessionId: null, actor), ct);

    /// <summary>Saves and commits the transaction, then drops revoked credentials from the caches of this process.</summary>
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
