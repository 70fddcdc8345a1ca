using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Creates mailed links, builds their URLs, and accepts each of them once.</summary>
internal sealed class MailedLinks(HmacTokens tokens, IOptions<CredentialOptions> options, TimeProvider clock)
{
    public static readonly Problem Invalid = new(
        ProblemKind.Invalid,
        "INVALID_LINK",
        "This link is not valid: it was used already, has expired, or is incomplete"
    );

    private const string TokenPurpose = "mailed-link";

    /// <summary>Adds a link, and the event that triggers its mail, to the caller's transaction.</summary>
    /// <param name="account">The account and its security stamp; null for an unknown address.</param>
    /// <param name="email">The address that the mail is sent to.</param>
    public void Create(ControlDbContext db, LinkPurpose purpose, (Guid Id, Guid SecurityStamp)? account, EmailAddress? email)
    {
        var now = clock.GetUtcNow();
        var link = new MailedLink
        {
            Id = Guid.CreateVersion7(now),
            UserId = account?.Id,
            SecurityStamp = account?.SecurityStamp,
            Purpose = purpose,
            Email = email,
            CreatedAt = now,
            ExpiresAt = now + GetLifetime(purpose),
        };
        db.MailedLinks.Add(link);
        db.Outbox.Add(new MailedLinkRequested(link.Id), subject: link.Id, tenantId: null);
    }

    public TimeSpan GetLifetime(LinkPurpose purpose) =>
        purpose is LinkPurpose.ResetPassword ? options.Value.ResetLifetime : options.Value.VerifyLifetime;

    /// <summary>Builds the URL of a link. The token follows <c>#</c>, so that no server or log on the way sees it.</summary>
    public async Task<Uri> CreateUrlAsync(MailedLink link, CancellationToken ct)
    {
        var token = await tokens.IssueAsync(TokenPurpose, $"{link.Id:N}", ct);
        return new Uri($"{options.Value.Pages.AbsoluteUri.TrimEnd('/')}/{GetPageName(link.Purpose)}#{token}");
    }

    /// <summary>Returns the name of the page below <see cref="CredentialOptions.Pages"/>.</summary>
    public static string GetPageName(LinkPurpose purpose) =>
        purpose switch
        {
            LinkPurpose.VerifyEmail => "verify-email",
            LinkPurpose.ResetPassword => "reset-password",
            LinkPurpose.ChangeEmail => "change-email",
        };

    /// <summary>Reads the link id from a token. Call it before the transaction that uses the link.</summary>
    /// <returns>The id; null when we did not issue the token.</returns>
    public async Task<Guid?> ValidateTokenAsync(string token, CancellationToken ct) =>
        await tokens.ValidateAsync(TokenPurpose, token, ct) is { } payload && Guid.TryParseExact(payload, "N", out var id) ? id : null;

    /// <summary>Returns the valid links: unused, not expired, and with the account's current stamp.</summary>
    public IQueryable<MailedLink> QueryValid(ControlDbContext db, LinkPurpose purpose)
    {
        var now = clock.GetUtcNow();
        return db
            .MailedLinks.Where(link => link.Purpose == purpose && link.UsedAt == null && link.ExpiresAt > now)
            .Where(link => db.Set<User>().Any(user => user.Id == link.UserId && user.IsActive && user.SecurityStamp == link.SecurityStamp));
    }

    /// <summary>
    /// Uses a link in the caller's transaction and locks its account; of two concurrent requests with one token one succeeds.
    /// </summary>
    /// <returns>The link and its account; null when the link is invalid, in which case the caller must not commit.</returns>
    public async Task<UsedLink?> UseAsync(
        ControlDbContext db,
        Guid id,
        LinkPurpose purpose,
        CredentialRevocation revocation,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        if (
            await db.MailedLinks.Where(link => link.Id == id).Select(link => link.UserId).SingleOrDefaultAsync(ct) is not { } userId
            || await revocation.LockAsync(userId, ct) is not { } user
            || await QueryValid(db, purpose)
                .Where(link => link.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(link => link.UsedAt, now), ct) == 0
        )
        {
            return null;
        }

        return new UsedLink(await db.MailedLinks.AsNoTracking().SingleAsync(link => link.Id == id, ct), user);
    }
}

/// <summary>A used link and its account, which is locked until the transaction ends.</summary>
internal sealed record UsedLink(MailedLink Link, User User);
