using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Opens a session for somebody who has proved who they are, however they did that.</summary>
internal sealed class OpenSession(ControlDbContext db, AccessTokens accessTokens, RefreshTokens refreshTokens, BrowserTokens browserTokens, IOptions<SessionOptions> options, TimeProvider clock)
{
    /// <summary>How many tenants a sign-in answers; the list of tenants has them all.</summary>
    private const int MaxTenants = 50;

    /// <summary>Writes the session, and what else the caller has changed in the same context, and makes its first tokens.</summary>
    public Task<SignedIn> RunAsync(User user, ClientDevice device, string message, CancellationToken ct) => RunAsync(user, device, SignInMethod.Password, onlyTenantId: null, message, ct);

    /// <summary>The same for a session that opens one tenant and none but that.</summary>
    public Task<SignedIn> RunAsync(User user, ClientDevice device, SignInMethod method, Guid? onlyTenantId, string message, CancellationToken ct) =>
        RunAsync(user, device, method, onlyTenantId, message, parent: null, ct);

    /// <summary>The same for one that is opened from another session, which it cannot outlive.</summary>
    public async Task<SignedIn> RunAsync(User user, ClientDevice device, SignInMethod method, Guid? onlyTenantId, string message, Session? parent, CancellationToken ct)
    {
        var session = await WriteAsync(user, device, method, onlyTenantId, parent, options.Value.RefreshTokenLifetime, options.Value.SessionLifetime, ct);
        var tenants = await TenantsOfAsync(user.Id, onlyTenantId, ct);
        return new SignedIn(
            Success: true,
            Message: message,
            AccessToken: await accessTokens.IssueAsync(user.Id, session.Id, ct),
            RefreshToken: await refreshTokens.IssueAsync(session.Id, session.Generation, ct),
            TokenType: "Bearer",
            ExpiresIn: (int)accessTokens.Lifetime.TotalSeconds,
            User: UserView.Of(user),
            Tenants: [.. tenants.Take(MaxTenants)],
            HasMoreTenants: tenants.Count > MaxTenants);
    }

    /// <summary>The same for a browser on a page of ours.</summary>
    /// <returns>What goes into its cookie.</returns>
    public async Task<string> RunForBrowserAsync(User user, ClientDevice device, CancellationToken ct)
    {
        var session = await WriteAsync(user, device, SignInMethod.Password, onlyTenantId: null, parent: null, browserTokens.Lifetime, browserTokens.Lifetime, ct);
        return await browserTokens.IssueAsync(user.Id, session.Id, ct);
    }

    private async Task<Session> WriteAsync(User user, ClientDevice device, SignInMethod method, Guid? onlyTenantId, Session? parent, TimeSpan refreshable, TimeSpan lifetime, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var expiresAt = parent is null ? now + lifetime : Earliest(now + lifetime, parent.ExpiresAt, parent.RefreshableUntil);
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            UserId = user.Id,
            Device = device.Name,
            Address = device.AddressText,
            Method = method,
            RestrictedToTenantId = onlyTenantId,
            SecurityStamp = user.SecurityStamp,
            ParentId = parent?.Id,
            CreatedAt = now,
            RefreshedAt = now,
            LastUsedAt = now,
            RefreshableUntil = Earliest(now + refreshable, expiresAt),
            ExpiresAt = expiresAt,
        };
        db.Sessions.Add(session);
        db.Audit.Record(onlyTenantId, Actor.User(user.Id), AuditAction.SignedIn, session.Id, AuditDetails.Of("method", method).With("device", device.Name));
        await db.SaveChangesAsync(ct);
        return session;
    }

    private static DateTimeOffset Earliest(params ReadOnlySpan<DateTimeOffset> times)
    {
        var earliest = times[0];
        foreach (var time in times[1..])
        {
            earliest = time < earliest ? time : earliest;
        }

        return earliest;
    }

    private Task<List<SignedInTenant>> TenantsOfAsync(Guid userId, Guid? only, CancellationToken ct) =>
        db.Memberships
            .Where(membership => membership.UserId == userId && (only == null || membership.TenantId == only))
            .OrderByDescending(membership => membership.JoinedAt).ThenBy(membership => membership.TenantId)
            .Join(db.Tenants.Where(Tenant.IsOpen), membership => membership.TenantId, tenant => tenant.Id, (membership, tenant) => new SignedInTenant(tenant.Id, tenant.Name, tenant.DatabaseName, true, membership.Role, membership.JoinedAt))
            .Take(MaxTenants + 1)
            .ToListAsync(ct);
}
