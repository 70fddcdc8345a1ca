using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents;

/// <summary>A link under which anybody can read a document's bytes for a while.</summary>
/// <param name="DownloadUrl">The link; it needs no token, so whoever has it can read the document.</param>
/// <param name="ExpiresIn">For how long it is good, in seconds.</param>
/// <param name="ExpiresAt">Until when it is good (UTC).</param>
/// <param name="Filename">What the document is called.</param>
/// <param name="MimeType">Its media type.</param>
/// <param name="FileSize">Bytes.</param>
public sealed record DownloadLink(string DownloadUrl, int ExpiresIn, DateTimeOffset ExpiresAt, string Filename, string MimeType, long FileSize);

/// <summary>
/// Makes and reads links that need no token. Where clients reach the object store, it signs the link itself; where they
/// do not, the link leads to this API, which lets its bearer see what its maker may see at that moment.
/// </summary>
internal sealed class DownloadLinks(ObjectStore objects, HmacTokens tokens, IOptions<DownloadOptions> options, TimeProvider clock)
{
    /// <summary>Where links lead that this API serves.</summary>
    public const string Path = "/api/downloads";

    private const string Purpose = "download";

    /// <summary>Makes a link, and records who did.</summary>
    public async Task<Result<DownloadLink>> MakeAsync(Guid documentId, TimeSpan validFor, TenantDbContext db, ControlDbContext control, CurrentUser currentUser, HttpRequest request, CancellationToken ct)
    {
        var document = await db.Documents.AsNoTracking().Include(one => one.File).SingleOrDefaultAsync(candidate => candidate.Id == documentId, ct);
        if (document?.File is not { } file)
        {
            return DocumentProblems.NotFound;
        }

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((clock.GetUtcNow() + validFor).ToUnixTimeSeconds());
        var url = objects.SignLink(ObjectKey.OfFile(db.Scope.TenantId, file.Id, file.Md5Hash), new LinkedFile(document.Filename, document.MimeType), validFor)?.AbsoluteUri
            ?? $"{Address(request)}{Path}?token={Uri.EscapeDataString(await SignAsync(new DownloadLinkPayload(db.Scope.TenantId, documentId, currentUser.UserId, expiresAt, (await FindMakerAsync(control, db.Scope.TenantId, currentUser.UserId, ct))?.State ?? ""), ct))}";

        if (!HttpMethods.IsHead(request.Method) || request.Query.ContainsKey("redirect")) // without that an answer to HEAD has no link in it
        {
            db.Audit.Record(AuditAction.DownloadLinkMade, documentId, AuditDetails.Of("filename", document.Filename).With("expires_at", expiresAt));
            await db.SaveChangesAsync(ct);
        }

        return new DownloadLink(url, (int)validFor.TotalSeconds, expiresAt, document.Filename, document.MimeType, file.FileSize);
    }

    /// <returns>What a link says that we made and that has not expired; else null.</returns>
    public async Task<DownloadLinkPayload?> ReadAsync(string token, CancellationToken ct) =>
        await tokens.ReadAsync(Purpose, token, ct) is { } words && DownloadLinkPayload.Parse(words) is { } link && link.ExpiresAt > clock.GetUtcNow() ? link : null;

    /// <summary>Finds the maker of links as they are now.</summary>
    /// <returns>Null for an account that may not sign in.</returns>
    public static Task<LinkMaker?> FindMakerAsync(ControlDbContext control, Guid tenantId, Guid userId, CancellationToken ct) =>
        control.Users
            .Where(user => user.Id == userId && user.IsActive)
            .Select(user => new LinkMaker(
                user.SecurityStamp,
                control.Memberships.Where(membership => membership.TenantId == tenantId && membership.UserId == userId).Select(membership => (DateTimeOffset?)membership.JoinedAt).SingleOrDefault()))
            .SingleOrDefaultAsync(ct);

    private Task<string> SignAsync(DownloadLinkPayload words, CancellationToken ct) => tokens.IssueAsync(Purpose, words.ToString(), ct);

    private string Address(HttpRequest request) => options.Value.BaseAddress?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";
}

/// <summary>What a link says: which document, who made it, and until when it is good.</summary>
/// <param name="State">Of the maker's credentials and membership when it was made.</param>
internal sealed record DownloadLinkPayload(Guid TenantId, Guid DocumentId, Guid MadeBy, DateTimeOffset ExpiresAt, string State)
{
    /// <summary>Only for words that we have signed.</summary>
    public static DownloadLinkPayload? Parse(string words) =>
        words.Split('.') is [var tenant, var document, var maker, var expires, var state]
            ? new DownloadLinkPayload(Guid.Parse(tenant), Guid.Parse(document), Guid.Parse(maker), DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires, CultureInfo.InvariantCulture)), state)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TenantId:N}.{DocumentId:N}.{MadeBy:N}.{ExpiresAt.ToUnixTimeSeconds()}.{State}");
}

/// <summary>The account that made a link, and since when it is a member.</summary>
/// <param name="JoinedAt">Null for an account that is no member.</param>
internal sealed record LinkMaker(Guid SecurityStamp, DateTimeOffset? JoinedAt)
{
    private const int StateLength = 16;

    /// <summary>Names the state of the maker's credentials and membership: a link is valid for the one that it was made in.</summary>
    public string State =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{SecurityStamp:N}{JoinedAt?.UtcTicks}"))))[..StateLength];
}
