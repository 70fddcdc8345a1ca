using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Opens a session for an authenticated user, whatever the sign-in method.</summary>
internal sealed class OpenSession(
    ControlDbContext db,
    AccessTokens accessTokens,
    RefreshTokens refreshTokens,
    BrowserTokens browserTokens,
    IOptions<SessionOptions> options,
    TimeProvider clock
)
{
    /// <summary>The maximum number of tenants in a sign-in response; the list of tenants has all of them.</summary>
    private const int MaxTenants = 50;

    /// <summary>Saves the session, with all other pending changes of the context, and issues its first tokens.</summary>
    public Task<SignedIn> RunAsync(SignInProof proof, ClientDevice device, string message, CancellationToken ct) =>
        RunAsync(proof, device, restrictedToTenantId: null, message, parent: null, ct);

    /// <summary>
    /// Opens a tenant-bound session, or an unrestricted one when the tenant is null. A session cannot outlive its parent session, and was
    /// authenticated when its parent was.
    /// </summary>
    public async Task<SignedIn> RunAsync(
        SignInProof proof,
        ClientDevice device,
        Guid? restrictedToTenantId,
        string message,
        Session? parent,
        CancellationToken ct
    )
    {
        var user = proof.User;
        var session = await SaveSessionAsync(
            proof,
            device,
            restrictedToTenantId,
            parent,
            new Lifetimes(options.Value.RefreshTokenLifetime, options.Value.SessionLifetime),
            ct
        );
        var tenants = await ListTenantsAsync(user.Id, restrictedToTenantId, ct);
        return new SignedIn(
            Success: true,
            Message: message,
            AccessToken: await accessTokens.IssueAsync(user.Id, session.Id, ct),
            RefreshToken: await refreshTokens.IssueAsync(session.Id, session.Generation, ct),
            TokenType: "Bearer",
            ExpiresIn: (int)accessTokens.Lifetime.TotalSeconds,
            User: UserView.From(user),
            Tenants: [.. tenants.Take(MaxTenants)],
            HasMoreTenants: tenants.Count > MaxTenants
        );
    }

    /// <summary>Opens a session for a browser on one of our pages.</summary>
    /// <returns>The value and the lifetime of its cookie.</returns>
    public async Task<(string Token, TimeSpan Lifetime)> RunForBrowserAsync(SignInProof proof, ClientDevice device, CancellationToken ct)
    {
        var session = await SaveSessionAsync(
            proof,
            device,
            restrictedToTenantId: null,
            parent: null,
            new Lifetimes(browserTokens.Lifetime, browserTokens.Lifetime),
            ct
        );
        return (await browserTokens.IssueAsync(proof.User.Id, session.Id, ct), browserTokens.Lifetime);
    }

    private async Task<Session> SaveSessionAsync(
        SignInProof proof,
        ClientDevice device,
        Guid? restrictedToTenantId,
        Session? parent,
        Lifetimes lifetimes,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var expiresAt = parent is null
            ? now + lifetimes.Session
            : Earliest(now + lifetimes.Session, parent.ExpiresAt, parent.RefreshableUntil);
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            UserId = proof.User.Id,
            Device = device.Name,
            Address = device.AddressText,
            Method = proof.Method,
            Amr = [.. parent?.Amr ?? proof.Amr],
            AuthenticatedAt = parent?.AuthenticatedAt ?? now,
            RestrictedToTenantId = restrictedToTenantId,
            SecurityStamp = proof.User.SecurityStamp,
            ParentId = parent?.Id,
            CreatedAt = now,
            RefreshedAt = now,
            LastUsedAt = now,
            RefreshableUntil = Earliest(now + lifetimes.RefreshToken, expiresAt),
            ExpiresAt = expiresAt,
        };
        db.Sessions.Add(session);
        db.Audit.Record(
            restrictedToTenantId,
            Actor.User(proof.User.Id),
            AuditAction.SignedIn,
            session.Id,
            AuditDetails.Create("method", proof.Method).With("amr", session.Amr).With("device", device.Name)
        );
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

    private Task<List<SignedInTenant>> ListTenantsAsync(Guid userId, Guid? only, CancellationToken ct) =>
        db
            .Memberships.Where(membership => membership.UserId == userId && (only == null || membership.TenantId == only))
            .OrderByDescending(membership => membership.JoinedAt)
            .ThenBy(membership => membership.TenantId)
            .Join(
                db.Tenants.Where(Tenant.IsActive),
                membership => membership.TenantId,
                tenant => tenant.Id,
                (membership, tenant) =>
                    new SignedInTenant(tenant.Id, tenant.Name, tenant.DatabaseName, true, membership.Role, membership.JoinedAt)
            )
            .Take(MaxTenants + 1)
            .ToListAsync(ct);

    private sealed record Lifetimes(TimeSpan RefreshToken, TimeSpan Session);
}
