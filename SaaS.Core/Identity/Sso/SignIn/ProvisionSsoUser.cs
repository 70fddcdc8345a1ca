using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>The result of admitting an external user.</summary>
/// <param name="User">The user's account, or the existing one that may be theirs.</param>
/// <param name="NeedsProof">True when the user first has to prove that the account is theirs; nothing was changed.</param>
internal sealed record SsoAdmission(User User, bool NeedsProof);

/// <summary>
/// Finds or creates the account of an externally authenticated user and admits it to the tenant by the tenant's rules. Only the ids of
/// directory and user identify a known user. The e-mail address serves for new users only, and links an existing account only if the tenant
/// has verified the domain, the same user is linked to the account in another tenant, or the account's owner has proved it: a directory's
/// admins can enter any address.
/// </summary>
internal sealed class ProvisionSsoUser(
    ControlDbContext db,
    SsoConfigurations configurations,
    SsoAdmissionRules rules,
    Cipher cipher,
    CredentialRevocation revocation,
    IOptions<SsoOptions> options,
    IOptions<QuotaOptions> quotas,
    TimeProvider clock
)
{
    /// <param name="provedUserId">The account whose owner has proved to be this user; null without a proof.</param>
    public async Task<Result<SsoAdmission>> RunAsync(Guid tenantId, ExternalIdentity person, Guid? provedUserId, CancellationToken ct)
    {
        var tokens = await cipher.EncryptAsync([person.AccessToken, person.RefreshToken ?? ""], tenantId, SsoIdentity.TokenPurpose, ct);
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                var outcome = await AdmitAsync(tenantId, person, tokens, provedUserId, ct);
                if (outcome.TryGetValue(out var admission, out _) && !admission.NeedsProof)
                {
                    await revocation.CommitAsync(transaction, ct);
                }

                return outcome;
            }
            catch (DbUpdateException e) when (isFirst && e.IsUniqueViolation(User.Mapping.EmailIndex))
            {
                db.ChangeTracker.Clear(); // the address was registered concurrently: the second attempt finds the account
            }
        }
    }

    private async Task<Result<SsoAdmission>> AdmitAsync(
        Guid tenantId,
        ExternalIdentity person,
        IReadOnlyList<string> tokens,
        Guid? provedUserId,
        CancellationToken ct
    )
    {
        // Checks everything again under the lock, because the state may have changed during the sign-in at the provider.
        if (
            await configurations.LockAsync(tenantId, ct) is not (var configuration, var tenant)
            || tenant is not { State: TenantState.Active, Suspension: not TenantSuspension.Closed, AuthMethod: not AuthMethod.Local }
            || !configuration.IsEnabled
            || configuration.Application != person.Application
        )
        {
            return SsoProblems.NotAvailable;
        }

        // A known user is identified by ids and may have no address; a new account needs one.
        var now = clock.GetUtcNow();
        var email = person.Email;
        var identity = await db.SsoIdentities.SingleOrDefaultAsync(
            one => one.TenantId == tenantId && one.DirectoryId == person.DirectoryId && one.ObjectId == person.ObjectId,
            ct
        );
        if (identity is null && email is null)
        {
            return SsoProblems.EmailMissing;
        }

        if (SsoAdmissionRules.Check(configuration, email, person.Groups) is { } rejection)
        {
            return rejection;
        }

        var user = identity is null
            ? await db.Users.SingleOrDefaultAsync(one => one.Email == email, ct)
            : await db.Users.SingleAsync(one => one.Id == identity.UserId, ct);
        if (user is { IsActive: false })
        {
            return SsoProblems.AccountInactive;
        }

        var membership = user is null
            ? null
            : await db.Memberships.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == user.Id, ct);
        if (membership is null && !configuration.Provisions)
        {
            return SsoProblems.ProvisioningDisabled;
        }

        if (membership is null && await IsRemovedAsync(tenantId, person, email, user?.Id, ct))
        {
            return SsoProblems.MemberRemoved;
        }

        if (membership is null && await CheckQuotaAsync(tenant, ct) is { } full)
        {
            return full;
        }

        // A guest has an address that another directory's admins entered, so Entra's xms_edov claim outweighs the tenant's domain
        // verification.
        var isDomainProved =
            email is not null && person.IsEmailProved is not false && await SsoDomain.IsVerifiedAsync(db, tenantId, email.Domain, ct);
        if (identity is null && user is not null)
        {
            if (await db.SsoIdentities.AnyAsync(one => one.TenantId == tenantId && one.UserId == user.Id, ct))
            {
                return SsoProblems.IdentityConflict; // never replaces a linked user silently
            }

            if (
                !isDomainProved
                && options.Value.RequireVerifiedDomains
                && provedUserId != user.Id
                && !await IsLinkedInOtherTenantAsync(user, person, ct)
            )
            {
                return new SsoAdmission(user, NeedsProof: true);
            }
        }

        if (
            identity is null
            && isDomainProved
            && user is { EmailVerifiedAt: null }
            && provedUserId != user.Id
            && await revocation.LockAsync(user.Id, ct) is { EmailVerifiedAt: null }
        )
        {
            await ClaimUnverifiedAccountAsync(tenantId, user, person, now, ct);
        }

        user ??= AddUser(tenantId, person, email!, isDomainProved, now);
        membership = membership is null ? AddMember(configuration, user, person, now) : membership;
        await rules.ChangeRoleAsync(configuration, membership, person.Groups, ct);
        identity ??= AddIdentity(tenantId, user, person, now);
        Sync(identity, configuration, person, email, tokens, now);
        if (membership.Role is TenantRole.Admin)
        {
            configuration.ProvedAt ??= now;
        }

        db.SsoActivities.Add(SsoActivity.Create(tenantId, SsoActivityKind.SignedIn, user.Id, now));
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.SsoSignedIn, user.Id, AuditDetails.Create("object_id", person.ObjectId));
        return new SsoAdmission(user, NeedsProof: false);
    }

    // A sign-in in another tenant has proved that the account is this user's, so no password is needed, which the account may not have.
    private Task<bool> IsLinkedInOtherTenantAsync(User user, ExternalIdentity person, CancellationToken ct) =>
        db.SsoIdentities.AnyAsync(
            one => one.UserId == user.Id && one.DirectoryId == person.DirectoryId && one.ObjectId == person.ObjectId,
            ct
        );

    // Prevents pre-hijacking: the account's creator never verified the address, and the tenant has proved to own it, so a password that an
    // attacker may have chosen in advance is removed.
    private async Task ClaimUnverifiedAccountAsync(
        Guid tenantId,
        User user,
        ExternalIdentity person,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        user.PasswordHash = null;
        user.EmailVerifiedAt = now;
        user.UpdatedAt = now;
        db.Audit.Record(
            tenantId,
            Actor.User(user.Id),
            AuditAction.EmailVerified,
            user.Id,
            AuditDetails.Create("by", "sso").WithReplaced("password")
        );
        await revocation.RevokeAsync(
            user,
            RevocationReason.OwnerChanged,
            keptSessionId: null,
            Actor.User(user.Id),
            ct,
            SsoIdentity.SubjectOf(person.DirectoryId, person.ObjectId)
        );
    }

    private Task<bool> IsRemovedAsync(Guid tenantId, ExternalIdentity person, EmailAddress? email, Guid? userId, CancellationToken ct)
    {
        var subject = SsoIdentity.SubjectOf(person.DirectoryId, person.ObjectId);
        return db.RemovedMembers.AnyAsync(
            removed =>
                removed.TenantId == tenantId && (removed.UserId == userId || removed.Email == email || removed.ExternalSubject == subject),
            ct
        );
    }

    private async Task<Problem?> CheckQuotaAsync(Tenant tenant, CancellationToken ct)
    {
        var limits = EffectiveQuotas.From(tenant.Quotas, quotas.Value);
        var members = await db.Memberships.CountAsync(one => one.TenantId == tenant.Id, ct);
        return members >= limits.MaxMembers ? limits.MembersExceeded(members) : null;
    }

    private User AddUser(Guid tenantId, ExternalIdentity person, EmailAddress email, bool isDomainProved, DateTimeOffset now)
    {
        var (first, last) = person.Names(User.NameMaxLength);
        var user = new User
        {
            Id = Guid.CreateVersion7(now),
            FirstName = first,
            LastName = last,
            Email = email,
            EmailVerifiedAt = isDomainProved ? now : null,
            SecurityStamp = Guid.CreateVersion7(now),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Users.Add(user);
        db.Outbox.Add(new UserRegistered(user.Id), subject: user.Id, tenantId: null);
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.UserRegistered, user.Id, AuditDetails.Create("by", "sso"));
        db.SsoActivities.Add(SsoActivity.Create(tenantId, SsoActivityKind.Provisioned, user.Id, now));
        return user;
    }

    private Membership AddMember(SsoConfiguration configuration, User user, ExternalIdentity person, DateTimeOffset now)
    {
        var role = SsoAdmissionRules.RoleOf(configuration, person.Groups);
        var membership = new Membership
        {
            UserId = user.Id,
            TenantId = configuration.TenantId,
            Role = role,
            JoinedAt = now,
        };
        db.Memberships.Add(membership);
        db.Outbox.Add(new MemberAdded(user.Id, role.ToJsonName()), subject: user.Id, tenantId: configuration.TenantId);
        db.Audit.Record(
            configuration.TenantId,
            Actor.User(user.Id),
            AuditAction.MemberAdded,
            user.Id,
            AuditDetails.Create("role", role).With("by", "sso")
        );
        return membership;
    }

    private SsoIdentity AddIdentity(Guid tenantId, User user, ExternalIdentity person, DateTimeOffset now)
    {
        var identity = new SsoIdentity
        {
            Id = Guid.CreateVersion7(now),
            TenantId = tenantId,
            UserId = user.Id,
            DirectoryId = person.DirectoryId,
            ObjectId = person.ObjectId,
            LastSyncAt = now,
            CreatedAt = now,
        };
        db.SsoIdentities.Add(identity);
        db.Outbox.Add(new SsoIdentityLinked(user.Id), subject: user.Id, tenantId: tenantId);
        db.Audit.Record(
            tenantId,
            Actor.User(user.Id),
            AuditAction.SsoIdentityLinked,
            identity.Id,
            AuditDetails.Create("user_id", user.Id).With("object_id", person.ObjectId)
        );
        return identity;
    }

    // Leaves the account's own name and address unchanged: they do not belong to one tenant.
    private static void Sync(
        SsoIdentity identity,
        SsoConfiguration configuration,
        ExternalIdentity person,
        EmailAddress? email,
        IReadOnlyList<string> tokens,
        DateTimeOffset now
    )
    {
        identity.Email = email;
        if (configuration.SyncsAttributes || identity.LastSyncAt == identity.CreatedAt)
        {
            identity.Upn = UnicodeText.Clean(person.Upn, SsoIdentity.TextMaxLength);
            identity.DisplayName = UnicodeText.Clean(person.Name, SsoIdentity.TextMaxLength);
            identity.JobTitle = UnicodeText.Clean(person.JobTitle, SsoIdentity.TextMaxLength) ?? identity.JobTitle;
            identity.Department = UnicodeText.Clean(person.Department, SsoIdentity.TextMaxLength) ?? identity.Department;
            identity.Company = UnicodeText.Clean(person.Company, SsoIdentity.TextMaxLength) ?? identity.Company;
        }

        identity.DeleteTokens();
        identity.EncryptedAccessToken = tokens[0];
        identity.TokenExpiresAt = person.TokenExpiresAt;
        if (person.RefreshToken is not null)
        {
            identity.EncryptedRefreshToken = tokens[1];
            identity.RefreshTokenExpiresAt = person.RefreshTokenExpiresAt;
        }

        identity.LastSyncAt = now;
    }
}
