using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Accounts;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Core.Sessions;

namespace SaaS.Core.Credentials;

/// <summary>What a new password always brings with it, whoever asked for it: other sessions end, and its owner is told.</summary>
internal sealed class NewPasswords(ControlDb db, Passwords passwords, LiveSessions liveSessions, TimeProvider clock)
{
    /// <summary>Hashes a password, before the transaction: it takes long, and would hold a connection.</summary>
    public Task<string> HashAsync(string password, CancellationToken ct) => passwords.HashAsync(password, ct);

    /// <summary>Sets the password and commits it with everything else that is in the transaction.</summary>
    /// <param name="hash">Of the new password, by <see cref="HashAsync"/>.</param>
    /// <param name="keep">The session that may go on; null to end all.</param>
    public async Task CommitAsync(IDbContextTransaction transaction, User user, string hash, Guid? keep, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        user.PasswordHash = hash;
        user.MustChangePassword = false;
        user.UpdatedAt = now;
        db.Outbox.Add(new PasswordChanged(user.Id, ChangeId: Guid.CreateVersion7(now), SessionId: keep, ChangedAt: now), subject: user.Id, tenantId: null);
        await db.SaveChangesAsync(ct);
        var ended = await liveSessions.EndAllAsync(user.Id, but: keep, ct);
        await transaction.CommitAsync(ct);

        liveSessions.Forget(ended);
    }
}
