using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Says by what somebody proves that they ordered the link that they confirm an address with.</summary>
/// <param name="Token">What the mail gave.</param>
/// <param name="Password">The account's password, unless they are signed in.</param>
/// <param name="NewPassword">The password to be set, for whoever has none.</param>
internal sealed record AddressConfirmation(string Token, string? Password, string? NewPassword);

/// <summary>
/// Confirms an address for whoever ordered the link. Reading the address's mail proves the address, not the account: somebody
/// else may have typed it. So the account is signed in to, or gets a new password, which ends everything that was issued before.
/// </summary>
internal sealed class ConfirmAddress(ControlDbContext db, MailedLinks links, Passwords passwords, VerifyCurrentPassword prove, CredentialRevocation revocation, NewPasswords change, SignInAttempts attempts)
{
    public static readonly Problem ProofRequired = new(
        ProblemKind.Forbidden, "PROOF_REQUIRED", "Sign in to the account that ordered this link, give its password, or choose a new one: the address alone does not show whose account it is");

    /// <param name="apply">Changes the account; a problem leaves everything as it was.</param>
    /// <param name="revokes">Whether the change revokes what was issued before, also without a new password.</param>
    /// <returns>Null when it is confirmed.</returns>
    public async Task<Problem?> RunAsync(LinkPurpose purpose, AddressConfirmation given, CurrentUser? currentUser, ClientDevice device, bool revokes, Func<UsedLink, Task<Problem?>> apply, CancellationToken ct)
    {
        if (await links.ReadAsync(given.Token, ct) is not { } id
            || await links.Valid(db, purpose).AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == id, ct) is not { } link)
        {
            return MailedLinks.Invalid;
        }

        var isSignedIn = currentUser is not null && currentUser.UserId == link.UserId;
        if (!isSignedIn && given.NewPassword is null && await FindRefusalAsync(link, given.Password, device, ct) is { } unproved)
        {
            return unproved;
        }

        var hash = given.NewPassword is null ? null : await passwords.HashAsync(given.NewPassword, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await links.UseAsync(db, id, purpose, revocation, ct) is not { } used)
        {
            return MailedLinks.Invalid;
        }

        if (await apply(used) is { } refusal)
        {
            return refusal;
        }

        var keep = isSignedIn ? currentUser!.SessionId : (Guid?)null;
        if (hash is not null)
        {
            await change.CommitAsync(transaction, used.User, hash, isSignedIn ? RevocationReason.CredentialsChanged : RevocationReason.OwnerChanged, keep, ct);
            await attempts.ForgetAsync(used.User.Email, device);
            return null;
        }

        if (revokes)
        {
            await revocation.RevokeAsync(used.User, RevocationReason.CredentialsChanged, keep, Actor.User(used.User.Id), ct);
        }

        await revocation.CommitAsync(transaction, ct);
        return null;
    }

    /// <summary>Tells whether the link was used before, and its address is the account's and proved: a second click changes nothing.</summary>
    public async Task<bool> HasConfirmedAsync(LinkPurpose purpose, string token, CancellationToken ct) =>
        await links.ReadAsync(token, ct) is { } id
        && await db.MailedLinks.AnyAsync(
            link => link.Id == id && link.Purpose == purpose && link.UsedAt != null
                && db.Users.Any(user =>
                    user.Id == link.UserId && user.IsActive && user.Email == link.Email && user.EmailVerifiedAt != null),
            ct);

    private async Task<Problem?> FindRefusalAsync(MailedLink link, string? password, ClientDevice device, CancellationToken ct) =>
        password is null
            ? ProofRequired
            : await prove.FindRefusalAsync(await db.Users.AsNoTracking().SingleAsync(user => user.Id == link.UserId, ct), password, device, ct);
}
