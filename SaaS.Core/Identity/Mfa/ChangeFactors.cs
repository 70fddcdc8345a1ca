using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Commits a changed set of second factors, revokes what was issued before, and notifies the owner.</summary>
internal sealed class ChangeFactors(
    ControlDbContext db,
    SecondFactors factors,
    CredentialRevocation revocation,
    SessionStore sessionStore,
    TimeProvider clock
)
{
    private User _user = null!;

    /// <summary>Begins a transaction that locks the account.</summary>
    public async Task<IDbContextTransaction> BeginAsync(CurrentUser currentUser, CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        _user = await revocation.LockAsync(currentUser.UserId, ct) ?? throw new InvalidOperationException("The account does not exist.");
        return transaction;
    }

    /// <summary>Commits a confirmed factor, which the current session has proved.</summary>
    /// <returns>The recovery codes; null when the account has some already.</returns>
    public async Task<IReadOnlyList<string>?> CommitAddedAsync(
        IDbContextTransaction transaction,
        Factor factor,
        CurrentUser currentUser,
        CancellationToken ct
    )
    {
        var codes =
            await factors.CountRecoveryCodesAsync(currentUser.UserId, ct) > 0
                ? null
                : await factors.ReplaceRecoveryCodesAsync(currentUser.UserId, ct);
        var now = clock.GetUtcNow();
        db.Outbox.Add(
            new FactorAdded(currentUser.UserId, Guid.CreateVersion7(now), factor.Kind.ToJsonName(), now),
            subject: currentUser.UserId,
            tenantId: null
        );
        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.FactorAdded,
            factor.Id,
            AuditDetails.Create("kind", factor.Kind).With("name", factor.Name)
        );
        await sessionStore.RecordProofAsync(
            currentUser.SessionId,
            [
                AuthenticationMethods.Of(factor.Kind is FactorKind.Totp ? FactorMethod.Totp : FactorMethod.Passkey),
                AuthenticationMethods.MultiFactor,
            ],
            ct
        );
        await CommitAsync(transaction, currentUser, ct);
        return codes;
    }

    /// <summary>Commits the removal of a factor; the last one takes the recovery codes with it.</summary>
    public async Task CommitRemovedAsync(IDbContextTransaction transaction, Factor factor, CurrentUser currentUser, CancellationToken ct)
    {
        if (!await db.Factors.AnyAsync(other => other.UserId == currentUser.UserId && other.ConfirmedAt != null, ct))
        {
            await db.RecoveryCodes.Where(code => code.UserId == currentUser.UserId).ExecuteDeleteAsync(ct);
        }

        var now = clock.GetUtcNow();
        db.Outbox.Add(
            new FactorRemoved(currentUser.UserId, Guid.CreateVersion7(now), factor.Kind.ToJsonName(), now),
            subject: currentUser.UserId,
            tenantId: null
        );
        db.Audit.Record(
            tenantId: null,
            currentUser.Actor,
            AuditAction.FactorRemoved,
            factor.Id,
            AuditDetails.Create("kind", factor.Kind).With("name", factor.Name)
        );
        await CommitAsync(transaction, currentUser, ct);
    }

    private async Task CommitAsync(IDbContextTransaction transaction, CurrentUser currentUser, CancellationToken ct)
    {
        _user.UpdatedAt = clock.GetUtcNow();
        await revocation.RevokeAsync(_user, RevocationReason.CredentialsChanged, currentUser.SessionId, currentUser.Actor, ct);
        await revocation.CommitAsync(transaction, ct);
        sessionStore.EvictFromCache(currentUser.SessionId);
    }
}
