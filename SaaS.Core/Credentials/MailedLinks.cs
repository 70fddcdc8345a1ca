using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Databases;
using SaaS.Core.Events;
using SaaS.Core.Sessions;
using SaaS.Platform.Http;

namespace SaaS.Core.Credentials;

/// <summary>Orders links, makes their addresses when they are mailed, and takes them once.</summary>
internal sealed class MailedLinks(ComputedTokens tokens, IOptions<CredentialOptions> options, TimeProvider clock)
{
    public static readonly Problem Invalid = new(ProblemKind.Invalid, "INVALID_LINK", "This link is not valid: it was used already, has expired, or is incomplete");

    private const string TokenPurpose = "mailed-link";

    /// <summary>Adds the link, and the event that has it mailed, to the caller's transaction.</summary>
    /// <param name="userId">Null for an address that nobody has.</param>
    /// <param name="email">Where it goes.</param>
    public void Order(ControlDb db, LinkPurpose purpose, Guid? userId, string? email)
    {
        var now = clock.GetUtcNow();
        var link = new MailedLink
        {
            Id = Guid.CreateVersion7(now),
            UserId = userId,
            Purpose = purpose,
            Email = email,
            CreatedAt = now,
            ExpiresAt = now + LifetimeOf(purpose),
        };
        db.MailedLinks.Add(link);
        db.Outbox.Add(new LinkOrdered(link.Id), subject: link.Id, tenantId: null);
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

    /// <summary>Reads a token, before any transaction: the signing keys may have to be read from the database.</summary>
    /// <returns>The link's id; null when the token is none of ours.</returns>
    public async Task<Guid?> ReadAsync(string token, CancellationToken ct) =>
        await tokens.ReadAsync(TokenPurpose, token, ct) is { } words && Guid.TryParseExact(words, "N", out var id) ? id : null;

    /// <summary>Takes a link in the caller's transaction: of two requests with one token the row lets one have it.</summary>
    /// <returns>The link; null when it is not good.</returns>
    public async Task<MailedLink?> TakeAsync(ControlDb db, Guid id, LinkPurpose purpose, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var taken = await db.MailedLinks
            .Where(link => link.Id == id && link.Purpose == purpose && link.UsedAt == null && link.ExpiresAt > now && link.UserId != null)
            .ExecuteUpdateAsync(set => set.SetProperty(link => link.UsedAt, now), ct);
        return taken == 1 ? await db.MailedLinks.AsNoTracking().SingleAsync(link => link.Id == id, ct) : null;
    }
}
