using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Sets a new password, revokes everything issued for the account and notifies its owner.</summary>
internal sealed class SetPassword(ControlDbContext db, CredentialRevocation revocation, TimeProvider clock)
{
    /// <summary>Sets the password and commits it with the other changes of the transaction.</summary>
    /// <param name="user">The locked account.</param>
    /// <param name="hash">The hash of the new password, computed before the transaction, which holds a connection.</param>
    /// <param name="keep">The session to keep; null to end all.</param>
    public async Task CommitAsync(
        IDbContextTransaction transaction,
        User user,
        string hash,
        RevocationReason reason,
        Guid? keep,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        user.PasswordHash = hash;
        user.MustChangePassword = false;
        user.UpdatedAt = now;
        db.Outbox.Add(
            new PasswordChanged(user.Id, ChangeId: Guid.CreateVersion7(now), SessionId: keep, ChangedAt: now),
            subject: user.Id,
            tenantId: null
        );
        await revocation.RevokeAsync(user, reason, keep, Actor.User(user.Id), ct);
        await revocation.CommitAsync(transaction, ct);
    }
}
