using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Creates, finds and ends invitations.</summary>
internal sealed class Invitations(ControlDbContext db, IOptions<InvitationOptions> options, TimeProvider clock)
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Invitation not found");
    public static readonly Problem Exists = new(
        ProblemKind.Conflict,
        "INVITATION_EXISTS",
        "An invitation of this address is pending: send it again, or withdraw it first"
    );
    public static readonly Problem NotPending = new(
        ProblemKind.Conflict,
        "INVITATION_NOT_PENDING",
        "This invitation was accepted, declined, withdrawn or has expired"
    );
    public static readonly Problem TooMany = new(
        ProblemKind.Conflict,
        "INVITATION_LIMIT_REACHED",
        "The tenant has as many invitations as it may have"
    );

    /// <summary>
    /// Adds invitations, and the events that trigger their mails, to the caller's transaction. Call it with locked members.
    /// </summary>
    /// <returns>All of them, or the problem of the first address that cannot be invited.</returns>
    public async Task<Result<List<Invitation>>> AddAsync(
        TenantScope scope,
        IReadOnlyCollection<EmailAddress> addresses,
        TenantRole role,
        string? message,
        CancellationToken ct
    )
    {
        var members = await db
            .Users.Where(user => addresses.Contains(user.Email))
            .Where(user => db.Set<Membership>().Any(membership => membership.TenantId == scope.TenantId && membership.UserId == user.Id))
            .Select(user => user.Email)
            .ToListAsync(ct);
        if (members.Count > 0)
        {
            return WithAddresses(TenantProblems.AlreadyMember, members);
        }

        var now = clock.GetUtcNow();
        await EndExpiredAsync(scope.TenantId, now, ct);
        var pending = await db
            .Invitations.Where(invitation => invitation.TenantId == scope.TenantId && invitation.State == InvitationState.Pending)
            .Where(invitation => addresses.Contains(invitation.Email))
            .Select(invitation => invitation.Email)
            .ToListAsync(ct);
        if (pending.Count > 0)
        {
            return WithAddresses(Exists, pending);
        }

        if (await CheckLimitsAsync(scope.TenantId, addresses.Count, now, ct) is { } problem)
        {
            return problem;
        }

        var added = addresses
            .Select(address => new Invitation
            {
                Id = Guid.CreateVersion7(now),
                TenantId = scope.TenantId,
                Email = address,
                Role = role,
                Message = message,
                InvitedBy = scope.Actor.UserId!.Value,
                CreatedAt = now,
                MailId = Guid.CreateVersion7(now),
                SentAt = now,
                ExpiresAt = now + options.Value.Lifetime,
            })
            .ToList();
        foreach (var invitation in added)
        {
            db.Invitations.Add(invitation);
            db.Outbox.Add(new InvitationIssued(invitation.Id, invitation.MailId), subject: invitation.Id, tenantId: invitation.TenantId);
            db.Audit.Record(
                scope.TenantId,
                scope.Actor,
                AuditAction.InvitationCreated,
                invitation.Id,
                AuditDetails.Create("email", invitation.Email.Value).With("role", role)
            );
        }

        return added;
    }

    /// <summary>Finds a pending invitation of a tenant, and locks the tenant's members until the caller's transaction ends.</summary>
    public async Task<Result<Invitation>> LockPendingAsync(Guid tenantId, Guid invitationId, CancellationToken ct)
    {
        await db.LockMembersAsync(tenantId, ct);
        return await db.Invitations.SingleOrDefaultAsync(one => one.TenantId == tenantId && one.Id == invitationId, ct) switch
        {
            null => NotFound,
            { State: not InvitationState.Pending } => NotPending,
            var invitation => invitation,
        };
    }

    /// <summary>
    /// Returns the invitations that can be accepted: pending, not expired, of an active tenant that is not suspended, and sent by somebody who still is an
    /// active admin of it. An admin who was removed therefore leaves no way back in.
    /// </summary>
    public IQueryable<Invitation> QueryValid()
    {
        var now = clock.GetUtcNow();
        return db
            .Invitations.Where(invitation => invitation.State == InvitationState.Pending && invitation.ExpiresAt > now)
            .Where(invitation =>
                db.Set<Tenant>().Where(Tenant.IsWritable).Any(tenant => tenant.Id == invitation.TenantId)
                && db.Set<Membership>()
                    .Any(sender =>
                        sender.TenantId == invitation.TenantId
                        && sender.UserId == invitation.InvitedBy
                        && sender.Role == TenantRole.Admin
                        && db.Set<User>().Any(user => user.Id == sender.UserId && user.IsActive)
                    )
            );
    }

    /// <summary>Ends the pending invitation of an account that has become a member without it, in the caller's transaction.</summary>
    public Task<int> EndForMemberAsync(Guid tenantId, Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return db
            .Invitations.Where(invitation => invitation.TenantId == tenantId && invitation.State == InvitationState.Pending)
            .Where(invitation =>
                db.Set<User>().Any(user => user.Id == userId && user.Email == invitation.Email && user.EmailVerifiedAt != null)
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(invitation => invitation.State, InvitationState.Accepted)
                        .SetProperty(invitation => invitation.EndedAt, now)
                        .SetProperty(invitation => invitation.AcceptedBy, userId),
                ct
            );
    }

    /// <summary>
    /// Checks the text of an admin, which is mailed to a stranger: it may have several lines, but nothing that mail programs turn into a
    /// link.
    /// </summary>
    /// <returns>The problem; null when the text is valid.</returns>
    public static Problem? CheckMessage(string? message) =>
        message is not null && EmailWording.SplitLines(message).Any(line => EmailWording.Sanitize(line) is null)
            ? Problem.ForField("message", "Must be text without web addresses, e-mail addresses and other links.")
            : null;

    // A new invitation may take the place of an expired one.
    private Task<int> EndExpiredAsync(Guid tenantId, DateTimeOffset now, CancellationToken ct) =>
        db
            .Invitations.Where(invitation =>
                invitation.TenantId == tenantId && invitation.State == InvitationState.Pending && invitation.ExpiresAt <= now
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(invitation => invitation.State, InvitationState.Expired)
                        .SetProperty(invitation => invitation.EndedAt, invitation => invitation.ExpiresAt),
                ct
            );

    private async Task<Problem?> CheckLimitsAsync(Guid tenantId, int wanted, DateTimeOffset now, CancellationToken ct)
    {
        var pending = await db.Invitations.CountAsync(
            invitation => invitation.TenantId == tenantId && invitation.State == InvitationState.Pending,
            ct
        );
        if (pending + wanted > options.Value.MaxPending)
        {
            return Limit("pending", pending, options.Value.MaxPending, "pending invitations");
        }

        var since = now.AddDays(-1);
        var today = await db.Invitations.CountAsync(invitation => invitation.TenantId == tenantId && invitation.CreatedAt > since, ct);
        return today + wanted > options.Value.MaxPerDay
            ? Limit("per_day", today, options.Value.MaxPerDay, "invitations within a day")
            : null;
    }

    private static Problem Limit(string name, int now, int max, string what) =>
        TooMany with
        {
            Message = $"The tenant has {now} {what} and may have {max}",
            Details = new Dictionary<string, string[]> { [name] = [$"At most {max} {what}."] },
        };

    private static Problem WithAddresses(Problem problem, IEnumerable<EmailAddress> addresses) =>
        problem with
        {
            Details = new Dictionary<string, string[]>
            {
                ["email"] = [.. addresses.Select(address => $"{problem.Message}: {address.Value}.")],
            },
        };
}
