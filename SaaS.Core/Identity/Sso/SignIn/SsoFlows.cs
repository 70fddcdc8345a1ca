using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Sign-ins in progress. State and one-time codes are HMAC tokens that carry the row's id; the row stores the progress and lets each step
/// happen once, even with concurrent requests.
/// </summary>
internal sealed class SsoFlows(ControlDbContext db, HmacTokens tokens, Cipher cipher, IOptions<SsoOptions> options, TimeProvider clock)
{
    private const string StatePurpose = "sso-state";
    private const int NonceBytes = 32;

    public async Task<(SsoFlow Flow, string State)> BeginAsync(
        Guid tenantId,
        byte[] browserHash,
        string? returnUrl,
        string? challenge,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var flow = new SsoFlow
        {
            Id = Guid.CreateVersion7(now),
            TenantId = tenantId,
            Nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes)),
            BrowserHash = browserHash,
            ReturnUrl = returnUrl,
            Challenge = challenge,
            CreatedAt = now,
            ExpiresAt = now + options.Value.FlowLifetime,
        };
        db.SsoFlows.Add(flow);
        await db.SaveChangesAsync(ct);
        return (flow, await tokens.IssueAsync(StatePurpose, $"{flow.Id:N}", ct));
    }

    /// <summary>Accepts the state of a returning browser and marks the sign-in as received.</summary>
    /// <returns>Null when the state is forged, from another browser, already used or expired.</returns>
    public async Task<SsoFlow?> ReceiveAsync(string state, byte[] browserHash, CancellationToken ct)
    {
        if (await tokens.ValidateAsync(StatePurpose, state, ct) is not { } payload || !Guid.TryParseExact(payload, "N", out var id))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var taken = await db
            .SsoFlows.Where(flow => flow.Id == id && flow.BrowserHash == browserHash && flow.ReceivedAt == null && flow.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(flow => flow.ReceivedAt, now), ct);
        return taken == 1 ? await db.SsoFlows.AsNoTracking().SingleAsync(flow => flow.Id == id, ct) : null;
    }

    /// <summary>Issues a one-time code for opening a session.</summary>
    public Task<string> IssueCodeAsync(SsoFlow flow, User user, ExternalIdentity person, CancellationToken ct) =>
        IssueAsync(SsoCodePurpose.Session, flow, user, person, encryptedIdentity: null, ct);

    /// <summary>Issues a one-time code for linking the account to an external identity, once its owner has proved it.</summary>
    public async Task<string> IssueLinkCodeAsync(SsoFlow flow, User user, ExternalIdentity person, CancellationToken ct)
    {
        var identity = await cipher.EncryptAsync(JsonSerializer.Serialize(person), flow.TenantId, SsoIdentity.TokenPurpose, ct);
        return await IssueAsync(SsoCodePurpose.Link, flow, user, person, identity, ct);
    }

    /// <summary>Decrypts the external identity that a link code was issued for.</summary>
    public async Task<ExternalIdentity> DecryptIdentityAsync(SsoFlow flow, CancellationToken ct) =>
        JsonSerializer.Deserialize<ExternalIdentity>(
            await cipher.DecryptAsync(flow.EncryptedIdentity!, flow.TenantId, SsoIdentity.TokenPurpose, ct)
        )!;

    /// <summary>Reads the address of the account that a code was issued for.</summary>
    public Task<EmailAddress> ReadEmailAsync(SsoFlow flow, CancellationToken ct) =>
        db.Users.Where(user => user.Id == flow.UserId).Select(user => user.Email).SingleAsync(ct);

    /// <summary>Finds the sign-in of a code without using the code.</summary>
    /// <param name="verifier">The secret from which the challenge of the sign-in was derived.</param>
    public async Task<SsoFlow?> FindAsync(SsoCodePurpose purpose, string code, string? verifier, CancellationToken ct)
    {
        if (await tokens.ValidateAsync(PurposeOf(purpose), code, ct) is not { } payload || !Guid.TryParseExact(payload, "N", out var id))
        {
            return null;
        }

        var latest = clock.GetUtcNow() - (purpose is SsoCodePurpose.Session ? options.Value.CodeLifetime : options.Value.FlowLifetime);
        var found = await db
            .SsoFlows.AsNoTracking()
            .Where(flow => flow.Id == id && flow.CodeUsedAt == null && flow.ReceivedAt > latest)
            .Where(flow => db.Set<User>().Any(user => user.Id == flow.UserId && user.IsActive && user.SecurityStamp == flow.SecurityStamp))
            .SingleOrDefaultAsync(ct);
        return found is not null && CodeChallenge.Matches(found.Challenge, verifier) ? found : null;
    }

    /// <summary>Uses the code of a sign-in, in the caller's transaction if there is one, and deletes the stored identity.</summary>
    /// <returns>False when a concurrent request has used it.</returns>
    public async Task<bool> UseCodeAsync(SsoFlow flow, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db
                .SsoFlows.Where(row => row.Id == flow.Id && row.CodeUsedAt == null)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.CodeUsedAt, now).SetProperty(row => row.EncryptedIdentity, (string?)null),
                    ct
                ) == 1;
    }

    /// <summary>Revokes the unused codes of an account, in the caller's transaction.</summary>
    /// <param name="tenantId">The tenant whose codes are revoked; null for all tenants.</param>
    public static Task RevokeCodesAsync(ControlDbContext db, Guid userId, Guid? tenantId, DateTimeOffset now, CancellationToken ct) =>
        db
            .SsoFlows.Where(flow => flow.UserId == userId && flow.CodeUsedAt == null && (tenantId == null || flow.TenantId == tenantId))
            .ExecuteUpdateAsync(
                set => set.SetProperty(flow => flow.CodeUsedAt, now).SetProperty(flow => flow.EncryptedIdentity, (string?)null),
                ct
            );

    private async Task<string> IssueAsync(
        SsoCodePurpose purpose,
        SsoFlow flow,
        User user,
        ExternalIdentity person,
        string? encryptedIdentity,
        CancellationToken ct
    )
    {
        string[] amr = [.. person.Amr];
        await db
            .SsoFlows.Where(row => row.Id == flow.Id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.UserId, user.Id)
                        .SetProperty(row => row.Amr, amr)
                        .SetProperty(row => row.SecurityStamp, user.SecurityStamp)
                        .SetProperty(row => row.EncryptedIdentity, encryptedIdentity),
                ct
            );
        return await tokens.IssueAsync(PurposeOf(purpose), $"{flow.Id:N}", ct);
    }

    private static string PurposeOf(SsoCodePurpose code) =>
        code switch
        {
            SsoCodePurpose.Session => "sso-code",
            SsoCodePurpose.Link => "sso-link-code",
        };
}

/// <summary>The purpose of a one-time code.</summary>
internal enum SsoCodePurpose
{
    /// <summary>Opens a session.</summary>
    Session,

    /// <summary>Links an account.</summary>
    Link,
}
