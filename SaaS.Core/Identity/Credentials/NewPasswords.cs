using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Sets a new password, with what always follows: everything that was issued for the account is revoked, and its owner is told.</summary>
internal sealed class NewPasswords(ControlDbContext db, CredentialRevocation revocation, TimeProvider clock)
{
    /// <summary>Sets the password and commits it with everything else that is in the transaction.</summary>
    /// <param name="user">Locked.</param>
    /// <param name="hash">Of the new password: hashed before the transaction, which holds a connection.</param>
    /// <param name="keep">The session that may go on; null to end all.</param>
    public async Task CommitAsync(IDbContextTransaction transaction, User user, string hash, RevocationReason reason, Guid? keep, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        user.PasswordHash = hash;
        user.MustChangePassword = false;
        user.UpdatedAt = now;
        db.Outbox.Add(new PasswordChanged(user.Id, ChangeId: Guid.CreateVersion7(now), SessionId: keep, ChangedAt: now), subject: user.Id, tenantId: null);
        await revocation.RevokeAsync(user, reason, keep, Actor.User(user.Id), ct);
        await revocation.CommitAsync(transaction, ct);
    }
}
