using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>
/// Sign-ins on their way. What leaves the server (the state, the one-time codes) is computed and names the row; the row says
/// how far the sign-in has come and lets each step happen once, whoever asks at the same moment.
/// </summary>
internal sealed class SsoFlows(ControlDbContext db, HmacTokens tokens, IOptions<SsoOptions> options, TimeProvider clock)
{
    private const string StatePurpose = "sso-state";
    private const int NonceBytes = 32;

    public async Task<(SsoFlow Flow, string State)> BeginAsync(Guid tenantId, byte[] browserHash, string? returnUrl, string? challenge, CancellationToken ct)
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

    /// <summary>Takes the sign-in that a browser has come back with.</summary>
    /// <returns>Null when it was forged, begun in another browser, taken before, or too long ago.</returns>
    public async Task<SsoFlow?> ReceiveAsync(string state, byte[] browserHash, CancellationToken ct)
    {
        if (await tokens.ReadAsync(StatePurpose, state, ct) is not { } words || !Guid.TryParseExact(words, "N", out var id))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var taken = await db.SsoFlows
            .Where(flow => flow.Id == id && flow.BrowserHash == browserHash && flow.ReceivedAt == null && flow.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(flow => flow.ReceivedAt, now), ct);
        return taken == 1 ? await db.SsoFlows.AsNoTracking().SingleAsync(flow => flow.Id == id, ct) : null;
    }

    /// <summary>Gives a one-time code for the session that is to be opened.</summary>
    public Task<string> IssueCodeAsync(SsoFlow flow, User user, CancellationToken ct) => IssueAsync(SsoCode.Session, flow, user, sealedPerson: null, ct);

    /// <summary>Gives a one-time code for linking the account, once its owner has proved to be that.</summary>
    /// <param name="sealedPerson">Whom the provider vouched for.</param>
    public Task<string> IssueLinkCodeAsync(SsoFlow flow, User user, string sealedPerson, CancellationToken ct) => IssueAsync(SsoCode.Link, flow, user, sealedPerson, ct);

    /// <summary>Finds what a code is for, without taking it.</summary>
    /// <param name="verifier">What the challenge was made of that the sign-in was begun with.</param>
    public async Task<SsoFlow?> FindAsync(SsoCode purpose, string code, string? verifier, CancellationToken ct)
    {
        if (await tokens.ReadAsync(PurposeOf(purpose), code, ct) is not { } words || !Guid.TryParseExact(words, "N", out var id))
        {
            return null;
        }

        var latest = clock.GetUtcNow() - (purpose is SsoCode.Session ? options.Value.CodeLifetime : options.Value.FlowLifetime);
        var found = await db.SsoFlows.AsNoTracking()
            .Where(flow => flow.Id == id && flow.CodeUsedAt == null && flow.ReceivedAt > latest)
            .Where(flow => db.Users.Any(user => user.Id == flow.UserId && user.IsActive && user.SecurityStamp == flow.SecurityStamp))
            .SingleOrDefaultAsync(ct);
        return found is not null && CodeChallenge.Matches(found.Challenge, verifier) ? found : null;
    }

    /// <summary>Takes the code of a flow, in the caller's transaction if there is one; whatever was kept for it is gone then.</summary>
    /// <returns>False when somebody else has taken it.</returns>
    public async Task<bool> TakeAsync(SsoFlow flow, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.SsoFlows
            .Where(row => row.Id == flow.Id && row.CodeUsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.CodeUsedAt, now).SetProperty(row => row.SealedPerson, (string?)null), ct) == 1;
    }

    /// <summary>Withdraws the codes that an account has been given and has not used, in the caller's transaction.</summary>
    /// <param name="tenantId">Those of one tenant; null for all.</param>
    public static Task WithdrawAsync(ControlDbContext db, Guid userId, Guid? tenantId, DateTimeOffset now, CancellationToken ct) =>
        db.SsoFlows
            .Where(flow => flow.UserId == userId && flow.CodeUsedAt == null && (tenantId == null || flow.TenantId == tenantId))
            .ExecuteUpdateAsync(set => set.SetProperty(flow => flow.CodeUsedAt, now).SetProperty(flow => flow.SealedPerson, (string?)null), ct);

    private async Task<string> IssueAsync(SsoCode purpose, SsoFlow flow, User user, string? sealedPerson, CancellationToken ct)
    {
        await db.SsoFlows.Where(row => row.Id == flow.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.UserId, user.Id).SetProperty(row => row.SecurityStamp, user.SecurityStamp).SetProperty(row => row.SealedPerson, sealedPerson), ct);
        return await tokens.IssueAsync(PurposeOf(purpose), $"{flow.Id:N}", ct);
    }

    private static string PurposeOf(SsoCode code) => code switch
    {
        SsoCode.Session => "sso-code",
        SsoCode.Link => "sso-link-code",
    };
}

/// <summary>What a one-time code is good for.</summary>
internal enum SsoCode
{
    /// <summary>The tokens of a session.</summary>
    Session,

    /// <summary>Linking an account.</summary>
    Link,
}
