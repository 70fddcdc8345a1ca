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

/// <summary>The operator account to create with <c>init --create-admin</c>.</summary>
/// <param name="Email">The email address to sign in with.</param>
/// <param name="FirstName">1 to 100 characters.</param>
/// <param name="LastName">1 to 100 characters.</param>
/// <param name="Password">Null for the default password, which is allowed in development only and must be changed at the first
/// sign-in.</param>
public sealed record PlatformAdmin(string Email, string FirstName, string LastName, string? Password);

/// <summary>The outcome of creating an operator account.</summary>
public enum PlatformAdminOutcome
{
    /// <summary>The account was created.</summary>
    Created,

    /// <summary>The account already exists and was not changed.</summary>
    AlreadyExists,

    /// <summary>The address belongs to a user account, which is not promoted because anyone may have registered it.</summary>
    TakenByUser,
}

/// <summary>
/// Creates the first operator of the platform. There is no endpoint for it; it requires access to the server's command line.
/// </summary>
internal sealed class CreatePlatformAdmin(ControlDbContext db, Passwords passwords, IHostEnvironment environment, TimeProvider clock)
{
    /// <summary>
    /// The publicly known default password: it must be changed at the first sign-in and is rejected outside of development.
    /// </summary>
    public const string DefaultPassword = "12345678";

    private const string PasswordVariable = "ADMIN_PASSWORD";

    private static readonly Actor Init = Actor.Command("init");

    /// <summary>Validates the configured password of <c>init</c>; an unset password is valid.</summary>
    public static IEnumerable<SecretFault> ValidateConfiguration(IConfiguration configuration) =>
        configuration[PasswordVariable] is DefaultPassword
            ? [SecretFault.Weak(PasswordVariable, "is the publicly known default password; choose another one.")]
            : [];

    /// <exception cref="ValidationException">The account is invalid.</exception>
    public async Task<PlatformAdminOutcome> RunAsync(PlatformAdmin admin, CancellationToken ct)
    {
        Validate(admin);
        var email = EmailAddress.Parse(admin.Email);
        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Email == email, ct) is { } known)
        {
            return known.IsPlatformAdmin ? PlatformAdminOutcome.AlreadyExists : PlatformAdminOutcome.TakenByUser;
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
        db.Audit.Record(tenantId: null, Init, AuditAction.PlatformAdminCreated, user.Id, AuditDetails.Create("email", user.Email.Value));

        try
        {
            await db.SaveChangesAsync(ct);
            return PlatformAdminOutcome.Created;
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(User.Mapping.EmailIndex))
        {
            db.ChangeTracker.Clear();
            return await RunAsync(admin, ct); // another request has created the account concurrently
        }
    }

    private void Validate(PlatformAdmin admin)
    {
        if (admin.Password is null or DefaultPassword && !environment.IsDevelopment())
        {
            throw new ValidationException(
                $"{PasswordVariable} is not set or is the default password, which is allowed in development only."
            );
        }

        // The rules of registration apply; only the default password is exempt.
        ThrowIfInvalid(DisplayName.Validate(admin.FirstName, User.NameMaxLength, out _), "first name");
        ThrowIfInvalid(DisplayName.Validate(admin.LastName, User.NameMaxLength, out _), "last name");
        ThrowIfInvalid(GetError(new EmailAttribute(), admin.Email), "e-mail address");
        ThrowIfInvalid(admin.Password is null or DefaultPassword ? null : GetError(new NewPasswordAttribute(), admin.Password), "password");
    }

    private static string? GetError(ValidationAttribute rule, string value) =>
        rule.GetValidationResult(value, new ValidationContext(value))?.ErrorMessage;

    private static void ThrowIfInvalid(string? fault, string what)
    {
        if (fault is not null)
        {
            throw new ValidationException($"The {what} is invalid: {fault}");
        }
    }
}
