using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>The proof that an address is confirmed by the user who requested the link.</summary>
/// <param name="Token">The token from the mail.</param>
/// <param name="Password">The account's password; not needed when signed in.</param>
/// <param name="NewPassword">A password to set, for users who do not have one.</param>
internal sealed record AddressConfirmation(string Token, string? Password, string? NewPassword);

/// <summary>
/// Confirms an address for the user who requested the link. Receiving the mail proves the address, not the account, because somebody
/// else may have entered it: the user must also be signed in, give the password, or set a new one, which revokes all older credentials.
/// </summary>
internal sealed class ConfirmAddress(
    ControlDbContext db,
    MailedLinks links,
    Passwords passwords,
    SecondFactors factors,
    VerifyCurrentPassword verifyPassword,
    CredentialRevocation revocation,
    SetPassword setPassword,
    SignInAttempts attempts
)
{
    public static readonly Problem ProofRequired = new(
        ProblemKind.Forbidden,
        "PROOF_REQUIRED",
        "Sign in to the account that ordered this link, give its password, or choose a new one: the address alone does not show whose account it is"
    );

    public static readonly Problem SignInRequired = new(
        ProblemKind.Forbidden,
        "SIGN_IN_REQUIRED",
        "This account has a second factor: sign in to it, then use the link again"
    );

    /// <param name="apply">Changes the account; a returned problem rolls everything back.</param>
    /// <param name="revokes">True when the change revokes older credentials even without a new password.</param>
    /// <returns>Null when the address was confirmed.</returns>
    public async Task<Problem?> RunAsync(
        LinkPurpose purpose,
        AddressConfirmation given,
        CurrentUser? currentUser,
        ClientDevice device,
        bool revokes,
        Func<UsedLink, Task<Problem?>> apply,
        CancellationToken ct
    )
    {
        if (
            await links.ValidateTokenAsync(given.Token, ct) is not { } id
            || await links.QueryValid(db, purpose).AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == id, ct) is not { } link
        )
        {
            return MailedLinks.Invalid;
        }

        var isSignedIn = currentUser is not null && currentUser.UserId == link.UserId;
        if (!isSignedIn && await RequiresSignInAsync(link.UserId!.Value, ct))
        {
            return SignInRequired;
        }

        if (!isSignedIn && given.NewPassword is null && await VerifyPasswordAsync(link, given.Password, device, ct) is { } unproved)
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
            await setPassword.CommitAsync(
                transaction,
                used.User,
                hash,
                isSignedIn ? RevocationReason.CredentialsChanged : RevocationReason.OwnerChanged,
                keep,
                ct
            );
            await attempts.ResetAsync(used.User.Email, device);
            return null;
        }

        if (revokes)
        {
            await revocation.RevokeAsync(used.User, RevocationReason.CredentialsChanged, keep, Actor.User(used.User.Id), ct);
        }

        await revocation.CommitAsync(transaction, ct);
        return null;
    }

    /// <summary>
    /// Returns true when the link was used before and its address is still the verified address of the account, so that a second
    /// click changes nothing.
    /// </summary>
    public async Task<bool> HasConfirmedAsync(LinkPurpose purpose, string token, CancellationToken ct) =>
        await links.ValidateTokenAsync(token, ct) is { } id
        && await db.MailedLinks.AnyAsync(
            link =>
                link.Id == id
                && link.Purpose == purpose
                && link.UsedAt != null
                && db.Set<User>()
                    .Any(user => user.Id == link.UserId && user.IsActive && user.Email == link.Email && user.EmailVerifiedAt != null),
            ct
        );

    // Otherwise a password, or a mistyped address, would replace the second factor. The owner of an unverified account may be another.
    private async Task<bool> RequiresSignInAsync(Guid userId, CancellationToken ct) =>
        await db.Users.AnyAsync(user => user.Id == userId && user.EmailVerifiedAt != null, ct)
        && await factors.ListMethodsAsync(userId, ct) is not [];

    private async Task<Problem?> VerifyPasswordAsync(MailedLink link, string? password, ClientDevice device, CancellationToken ct) =>
        password is null
            ? ProofRequired
            : await verifyPassword.VerifyAsync(
                await db.Users.AsNoTracking().SingleAsync(user => user.Id == link.UserId, ct),
                password,
                device,
                ct
            );
}
