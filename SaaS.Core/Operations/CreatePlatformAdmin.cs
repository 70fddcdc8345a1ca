using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations;

/// <summary>The account of an operator, as <c>init --create-admin</c> is told it.</summary>
/// <param name="Email">The address that signs in.</param>
/// <param name="FirstName">1 to 100 characters.</param>
/// <param name="LastName">1 to 100 characters.</param>
/// <param name="Password">Null for the default one, which exists in development only and opens nothing but its own change.</param>
public sealed record PlatformAdmin(string Email, string FirstName, string LastName, string? Password);

/// <summary>How the making of an operator's account went.</summary>
public enum PlatformAdminOutcome
{
    /// <summary>There is one now.</summary>
    Created,

    /// <summary>It was there already, and was left as it is.</summary>
    AlreadyThere,

    /// <summary>The address belongs to an ordinary account. It is not made an operator: whoever registered it first may be anybody.</summary>
    TakenByUser,
}

/// <summary>Makes the first operator of the platform. No route does this: whoever can run a command on the server may.</summary>
internal sealed class CreatePlatformAdmin(ControlDbContext db, Passwords passwords, IHostEnvironment environment, TimeProvider clock)
{
    /// <summary>Known to everybody, so it must be changed at the first sign-in, and is refused outside development.</summary>
    public const string DefaultPassword = "12345678";

    private const string PasswordVariable = "ADMIN_PASSWORD";

    private static readonly Actor Init = Actor.Command("init");

    /// <summary>What a host demands of the password that <c>init</c> is told; without one there is nothing to demand.</summary>
    public static IEnumerable<SecretFault> FaultsIn(IConfiguration configuration) =>
        configuration[PasswordVariable] is DefaultPassword
            ? [SecretFault.Weak(PasswordVariable, "is the default one, which everybody knows: an administrator has a password of their own.")]
            : [];

    /// <exception cref="ValidationException">The account breaks a rule; the message says which.</exception>
    public async Task<PlatformAdminOutcome> RunAsync(PlatformAdmin admin, CancellationToken ct)
    {
        Check(admin);
        var email = EmailAddress.Parse(admin.Email);
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Email == email, ct) is { } known)
        {
            return known.IsPlatformAdmin ? PlatformAdminOutcome.AlreadyThere : PlatformAdminOutcome.TakenByUser;
        }

        var now = clock.GetUtcNow();
        var password = admin.Password ?? DefaultPassword;
        var user = new User
        {
            Id = Guid.CreateVersion7(now),
            FirstName = DisplayName.Parse(admin.FirstName, User.NameMaxLength),
            LastName = DisplayName.Parse(admin.LastName, User.NameMaxLength),
            Email = email,
            PasswordHash = await passwords.HashAsync(password, ct),
            MustChangePassword = password == DefaultPassword,
            IsPlatformAdmin = true,
            SecurityStamp = Guid.CreateVersion7(now),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Users.Add(user);
        db.Outbox.Add(new UserRegistered(user.Id), subject: user.Id, tenantId: null);
        db.Audit.Record(tenantId: null, Init, AuditAction.PlatformAdminCreated, user.Id, AuditDetails.Of("email", user.Email.Value));

        try
        {
            await db.SaveChangesAsync(ct);
            return PlatformAdminOutcome.Created;
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
        {
            db.ChangeTracker.Clear();
            return await RunAsync(admin, ct); // somebody was faster: see who
        }
    }

    private void Check(PlatformAdmin admin)
    {
        if (admin.Password is null or DefaultPassword && !environment.IsDevelopment())
        {
            throw new ValidationException($"{PasswordVariable} is not set, or is the default one: outside development an administrator has a password of their own.");
        }

        // The rules of registration, whoever makes the account; only the default password is let through.
        Require(DisplayName.FaultOf(admin.FirstName, User.NameMaxLength, out _), "first name");
        Require(DisplayName.FaultOf(admin.LastName, User.NameMaxLength, out _), "last name");
        Require(FaultOf(new EmailAttribute(), admin.Email), "e-mail address");
        Require(admin.Password is null or DefaultPassword ? null : FaultOf(new NewPasswordAttribute(), admin.Password), "password");
    }

    private static string? FaultOf(ValidationAttribute rule, string value) => rule.GetValidationResult(value, new ValidationContext(value))?.ErrorMessage;

    private static void Require(string? fault, string what)
    {
        if (fault is not null)
        {
            throw new ValidationException($"The {what} is not accepted: {fault}");
        }
    }
}
