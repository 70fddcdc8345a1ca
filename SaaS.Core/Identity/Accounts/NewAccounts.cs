using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Accounts;

/// <summary>Creates accounts with a password.</summary>
internal sealed class NewAccounts(ControlDbContext db, Passwords passwords, TimeProvider clock)
{
    /// <summary>
    /// Adds an account, its event and its audit entry; the caller saves them. Call it outside of a transaction, because hashing the
    /// password takes a while.
    /// </summary>
    /// <param name="isEmailVerified">True when the request proves that the person receives the mail of the address.</param>
    public async Task<User> CreateAsync(
        string firstName,
        string lastName,
        EmailAddress email,
        string password,
        bool isEmailVerified,
        CancellationToken ct
    )
    {
        var hash = await passwords.HashAsync(password, ct);
        var now = clock.GetUtcNow();
        var user = new User
        {
            Id = Guid.CreateVersion7(now),
            FirstName = DisplayName.Parse(firstName, User.NameMaxLength),
            LastName = DisplayName.Parse(lastName, User.NameMaxLength),
            Email = email,
            EmailVerifiedAt = isEmailVerified ? now : null,
            PasswordHash = hash,
            SecurityStamp = Guid.CreateVersion7(now),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Users.Add(user);
        db.Outbox.Add(new UserRegistered(user.Id), subject: user.Id, tenantId: null);
        db.Audit.Record(
            tenantId: null,
            Actor.User(user.Id),
            AuditAction.UserRegistered,
            user.Id,
            AuditDetails.Create("email", user.Email.Value)
        );
        return user;
    }
}
