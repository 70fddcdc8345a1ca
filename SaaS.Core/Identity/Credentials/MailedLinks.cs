using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Orders links, makes their addresses when they are mailed, and takes them once.</summary>
internal sealed class MailedLinks(HmacTokens tokens, IOptions<CredentialOptions> options, TimeProvider clock)
{
    public static readonly Problem Invalid = new(ProblemKind.Invalid, "INVALID_LINK", "This link is not valid: it was used already, has expired, or is incomplete");

    private const string TokenPurpose = "mailed-link";

    /// <summary>Adds the link, and the event that has it mailed, to the caller's transaction.</summary>
    /// <param name="account">The account and its security stamp; null for an address that nobody has.</param>
    /// <param name="email">Where it goes.</param>
    public void Order(ControlDbContext db, LinkPurpose purpose, (Guid Id, Guid SecurityStamp)? account, EmailAddress? email)
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
            ExpiresAt = now + LifetimeOf(purpose),
        };
        db.MailedLinks.Add(link);
        db.Outbox.Add(new MailedLinkRequested(link.Id), subject: link.Id, tenantId: null);
    }

    /// <summary>How long a link of this purpose is good.</summary>
    public TimeSpan LifetimeOf(LinkPurpose purpose) =>
        purpose is LinkPurpose.ResetPassword ? options.Value.ResetLifetime : options.Value.VerifyLifetime;

    /// <summary>The address that stands in the mail. The token is behind <c>#</c>, so that no server and no log on the way sees it.</summary>
    public async Task<Uri> AddressOfAsync(MailedLink link, CancellationToken ct)
    {
        var token = await tokens.IssueAsync(TokenPurpose, $"{link.Id:N}", ct);
        return new Uri($"{options.Value.Pages.AbsoluteUri.TrimEnd('/')}/{PageOf(link.Purpose)}#{token}");
    }

    /// <summary>The page's name, below <see cref="CredentialOptions.Pages"/>.</summary>
    public static string PageOf(LinkPurpose purpose) => purpose switch
    {
        LinkPurpose.VerifyEmail => "verify-email",
        LinkPurpose.ResetPassword => "reset-password",
        LinkPurpose.ChangeEmail => "change-email",
    };

    /// <summary>Reads which link a token is of; to be called before the transaction in which it is used.</summary>
    /// <returns>Null when we have never issued it.</returns>
    public async Task<Guid?> ReadAsync(string token, CancellationToken ct) =>
        await tokens.ReadAsync(TokenPurpose, token, ct) is { } words && Guid.TryParseExact(words, "N", out var id) ? id : null;

    /// <summary>The links that can be used at this moment: each once, in its time, for the account as it was when the link was ordered.</summary>
    public IQueryable<MailedLink> Valid(ControlDbContext db, LinkPurpose purpose)
    {
        var now = clock.GetUtcNow();
        return db.MailedLinks
            .Where(link => link.Purpose == purpose && link.UsedAt == null && link.ExpiresAt > now)
            .Where(link => db.Users.Any(user => user.Id == link.UserId && user.IsActive && user.SecurityStamp == link.SecurityStamp));
    }

    /// <summary>Uses a link in the caller's transaction, with its account locked: of two requests with one token the row lets one have it.</summary>
    /// <returns>The link and its account; null when it is not valid, and then nothing is to be committed.</returns>
    public async Task<UsedLink?> UseAsync(ControlDbContext db, Guid id, LinkPurpose purpose, CredentialRevocation revocation, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (await db.MailedLinks.Where(link => link.Id == id).Select(link => link.UserId).SingleOrDefaultAsync(ct) is not { } userId
            || await revocation.LockAsync(userId, ct) is not { } user
            || await Valid(db, purpose).Where(link => link.Id == id).ExecuteUpdateAsync(set => set.SetProperty(link => link.UsedAt, now), ct) == 0)
        {
            return null;
        }

        return new UsedLink(await db.MailedLinks.AsNoTracking().SingleAsync(link => link.Id == id, ct), user);
    }
}

/// <summary>A link that was used, and its account, locked until the transaction ends.</summary>
internal sealed record UsedLink(MailedLink Link, User User);
