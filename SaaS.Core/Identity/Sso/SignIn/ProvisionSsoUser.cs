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
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>What came of a person's wish to be let in.</summary>
/// <param name="User">Their account, or the one that may be theirs.</param>
/// <param name="NeedsProof">That it is theirs has to be proved first; nothing was changed.</param>
internal sealed record SsoAdmission(User User, bool NeedsProof);

/// <summary>
/// Finds the account of somebody for whom the provider has vouched, or makes one, and lets them into the tenant as what the
/// tenant's rules say. Who somebody is, the ids of directory and person decide. The address decides only who is meant by it
/// that has never been here, and links an existing account only if the tenant has proved to own the address's domain, the same person is
/// linked to it in another tenant, or the account's owner has proved to be that: a directory's admins type whatever address they like.
/// </summary>
internal sealed class ProvisionSsoUser(
    ControlDbContext db, SsoConfigurations configurations, SsoAdmissionRules rules, Cipher cipher, CredentialRevocation revocation, IOptions<SsoOptions> options, IOptions<QuotaOptions> quotas, TimeProvider clock)
{
    /// <param name="provedUserId">Whose owner has proved to be that, and to be this person.</param>
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
                db.ChangeTracker.Clear(); // somebody registered the address at this moment: it is an existing account now
            }
        }
    }

    private async Task<Result<SsoAdmission>> AdmitAsync(Guid tenantId, ExternalIdentity person, IReadOnlyList<string> tokens, Guid? provedUserId, CancellationToken ct)
    {
        // Everything is looked at again under the lock: the way to the provider and back is long.
        if (await configurations.LockAsync(tenantId, ct) is not (var configuration, var tenant)
            || tenant is not { State: TenantState.Active, AuthMethod: not AuthMethod.Local }
            || !configuration.IsEnabled
            || configuration.Application != person.Application)
        {
            return SsoProblems.NotAvailable;
        }

        // Somebody who has been here is known by the ids, and may have no address; nobody else can get an account without one.
        var now = clock.GetUtcNow();
        var email = person.Email;
        var identity = await db.SsoIdentities.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.DirectoryId == person.DirectoryId && one.ObjectId == person.ObjectId, ct);
        if (identity is null && email is null)
        {
            return SsoProblems.EmailMissing;
        }

        if (SsoAdmissionRules.FindRefusal(configuration, email, person.Groups) is { } notLetIn)
        {
            return notLetIn;
        }

        var user = identity is null
            ? await db.Users.SingleOrDefaultAsync(one => one.Email == email, ct)
            : await db.Users.SingleAsync(one => one.Id == identity.UserId, ct);
        if (user is { IsActive: false })
        {
            return SsoProblems.AccountInactive;
        }

        var membership = user is null ? null : await db.Memberships.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.UserId == user.Id, ct);
        if (membership is null && !configuration.Provisions)
        {
            return SsoProblems.ProvisioningDisabled;
        }

        if (membership is null && await IsRemovedAsync(tenantId, person, email, user?.Id, ct))
        {
            return SsoProblems.MemberRemoved;
        }

        if (membership is null && await FindQuotaRefusalAsync(tenant, ct) is { } full)
        {
            return full;
        }

        // A guest brings the address that another directory's admins typed: what Entra says of it outweighs that the tenant owns the domain.
        var isDomainProved = email is not null && person.IsEmailProved is not false && await SsoDomain.IsOfAsync(db, tenantId, email.Domain, ct);
        if (identity is null && user is not null)
        {
            if (await db.SsoIdentities.AnyAsync(one => one.TenantId == tenantId && one.UserId == user.Id, ct))
            {
                return SsoProblems.IdentityConflict; // never silently another person
            }

            if (!isDomainProved && options.Value.RequireVerifiedDomains && provedUserId != user.Id && !await IsTiedAsync(user, person, ct))
            {
                return new SsoAdmission(user, NeedsProof: true);
            }
        }

        if (identity is null && isDomainProved && user is { EmailVerifiedAt: null } && provedUserId != user.Id && await revocation.LockAsync(user.Id, ct) is { EmailVerifiedAt: null })
        {
            await TakeFromStrangerAsync(tenantId, user, person, now, ct);
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

        db.SsoActivities.Add(SsoActivity.Of(tenantId, SsoActivityKind.SignedIn, user.Id, now));
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.SsoSignedIn, user.Id, AuditDetails.Of("object_id", person.ObjectId));
        return new SsoAdmission(user, NeedsProof: false);
    }

    // Another tenant's sign-in has shown that the account is this person's: no password is asked for, which it may never have had.
    private Task<bool> IsTiedAsync(User user, ExternalIdentity person, CancellationToken ct) =>
        db.SsoIdentities.AnyAsync(one => one.UserId == user.Id && one.DirectoryId == person.DirectoryId && one.ObjectId == person.ObjectId, ct);

    // Whoever made the account never proved to read the address's mail, and the tenant has proved that it gives the address:
    // a password that somebody else may have chosen in advance opens nothing any more.
    private async Task TakeFromStrangerAsync(Guid tenantId, User user, ExternalIdentity person, DateTimeOffset now, CancellationToken ct)
    {
        user.PasswordHash = null;
        user.EmailVerifiedAt = now;
        user.UpdatedAt = now;
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.EmailVerified, user.Id, AuditDetails.Of("by", "sso").Replaced("password"));
        await revocation.RevokeAsync(user, RevocationReason.OwnerChanged, keptSessionId: null, Actor.User(user.Id), ct, SsoIdentity.SubjectOf(person.DirectoryId, person.ObjectId));
    }

    private Task<bool> IsRemovedAsync(Guid tenantId, ExternalIdentity person, EmailAddress? email, Guid? userId, CancellationToken ct)
    {
        var subject = SsoIdentity.SubjectOf(person.DirectoryId, person.ObjectId);
        return db.RemovedMembers.AnyAsync(removed => removed.TenantId == tenantId && (removed.UserId == userId || removed.Email == email || removed.ExternalSubject == subject), ct);
    }

    private async Task<Problem?> FindQuotaRefusalAsync(Tenant tenant, CancellationToken ct)
    {
        var limits = tenant.Quotas.Or(quotas.Value);
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
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.UserRegistered, user.Id, AuditDetails.Of("by", "sso"));
        db.SsoActivities.Add(SsoActivity.Of(tenantId, SsoActivityKind.Provisioned, user.Id, now));
        return user;
    }

    private Membership AddMember(SsoConfiguration configuration, User user, ExternalIdentity person, DateTimeOffset now)
    {
        var role = SsoAdmissionRules.RoleOf(configuration, person.Groups);
        var membership = new Membership { UserId = user.Id, TenantId = configuration.TenantId, Role = role, JoinedAt = now };
        db.Memberships.Add(membership);
        db.Outbox.Add(new MemberAdded(user.Id, role.Word()), subject: user.Id, tenantId: configuration.TenantId);
        db.Audit.Record(configuration.TenantId, Actor.User(user.Id), AuditAction.MemberAdded, user.Id, AuditDetails.Of("role", role).With("by", "sso"));
        return membership;
    }

    private SsoIdentity AddIdentity(Guid tenantId, User user, ExternalIdentity person, DateTimeOffset now)
    {
        var identity = new SsoIdentity { Id = Guid.CreateVersion7(now), TenantId = tenantId, UserId = user.Id, DirectoryId = person.DirectoryId, ObjectId = person.ObjectId, LastSyncAt = now, CreatedAt = now };
        db.SsoIdentities.Add(identity);
        db.Outbox.Add(new SsoIdentityLinked(user.Id), subject: user.Id, tenantId: tenantId);
        db.Audit.Record(tenantId, Actor.User(user.Id), AuditAction.SsoIdentityLinked, identity.Id, AuditDetails.Of("user_id", user.Id).With("object_id", person.ObjectId));
        return identity;
    }

    // The account's own name and address stay as they are: they are not one tenant's to change.
    private static void Sync(SsoIdentity identity, SsoConfiguration configuration, ExternalIdentity person, EmailAddress? email, IReadOnlyList<string> tokens, DateTimeOffset now)
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

        identity.ForgetTokens();
        identity.SealedAccessToken = tokens[0];
        identity.TokenExpiresAt = person.TokenExpiresAt;
        if (person.RefreshToken is not null)
        {
            identity.SealedRefreshToken = tokens[1];
            identity.RefreshTokenExpiresAt = person.RefreshTokenExpiresAt;
        }

        identity.LastSyncAt = now;
    }
}
