using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Objects;

namespace SaaS.Core.Documents;

/// <summary>A link that lets anyone read a document until it expires.</summary>
/// <param name="DownloadUrl">The link; it needs no token, so anyone who has it can read the document.</param>
/// <param name="ExpiresIn">Lifetime in seconds.</param>
/// <param name="ExpiresAt">Time of expiry (UTC).</param>
/// <param name="Filename">The name of the document.</param>
/// <param name="MimeType">Its media type.</param>
/// <param name="FileSize">Size in bytes.</param>
public sealed record DownloadLink(
    string DownloadUrl,
    int ExpiresIn,
    DateTimeOffset ExpiresAt,
    string Filename,
    string MimeType,
    long FileSize
);

/// <summary>
/// Creates and validates download links that need no authentication. The object store signs them where clients can reach it; otherwise they
/// lead to this API, which checks the current access of their creator.
/// </summary>
internal sealed class DownloadLinks(ObjectStore objects, HmacTokens tokens, IOptions<DownloadOptions> options, TimeProvider clock)
{
    /// <summary>The path of the links that this API serves.</summary>
    public const string Path = "/api/downloads";

    private const string Purpose = "download";

    /// <summary>Creates a link and records it in the audit log.</summary>
    public async Task<Result<DownloadLink>> CreateAsync(
        Guid documentId,
        TimeSpan validFor,
        TenantDbContext db,
        ControlDbContext control,
        CurrentUser currentUser,
        HttpRequest request,
        CancellationToken ct
    )
    {
        var document = await db
            .Documents.AsNoTracking()
            .Include(one => one.File)
            .SingleOrDefaultAsync(candidate => candidate.Id == documentId, ct);
        if (document?.File is not { } file)
        {
            return DocumentProblems.NotFound;
        }

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((clock.GetUtcNow() + validFor).ToUnixTimeSeconds());
        var url =
            objects
                .SignLink(
                    ObjectKey.ForFile(db.Scope.TenantId, file.Id, file.Md5Hash),
                    new LinkedFile(document.Filename, document.MimeType),
                    validFor
                )
                ?.AbsoluteUri
            ?? $"{GetBaseAddress(request)}{Path}?token={Uri.EscapeDataString(await SignAsync(new DownloadLinkPayload(db.Scope.TenantId, documentId, currentUser.UserId, expiresAt, (await FindCreatorAsync(control, db.Scope.TenantId, currentUser.UserId, ct))?.State ?? ""), ct))}";

        if (!HttpMethods.IsHead(request.Method) || request.Query.ContainsKey("redirect")) // other responses to HEAD contain no link
        {
            db.Audit.Record(
                AuditAction.DownloadLinkCreated,
                documentId,
                AuditDetails.Create("filename", document.Filename).With("expires_at", expiresAt)
            );
            await db.SaveChangesAsync(ct);
        }

        return new DownloadLink(url, (int)validFor.TotalSeconds, expiresAt, document.Filename, document.MimeType, file.FileSize);
    }

    /// <returns>The payload of a link that we signed and that has not expired; otherwise null.</returns>
    public async Task<DownloadLinkPayload?> ReadAsync(string token, CancellationToken ct) =>
        await tokens.ValidateAsync(Purpose, token, ct) is { } payload
        && DownloadLinkPayload.Parse(payload) is { } link
        && link.ExpiresAt > clock.GetUtcNow()
            ? link
            : null;

    /// <summary>Finds the current state of the creator of links.</summary>
    /// <returns>Null for an account that may not sign in.</returns>
    public static Task<LinkCreator?> FindCreatorAsync(ControlDbContext control, Guid tenantId, Guid userId, CancellationToken ct) =>
        control
            .Users.Where(user => user.Id == userId && user.IsActive)
            .Select(user => new LinkCreator(
                user.SecurityStamp,
                control
                    .Set<Membership>()
                    .Where(membership => membership.TenantId == tenantId && membership.UserId == userId)
                    .Select(membership => (DateTimeOffset?)membership.JoinedAt)
                    .SingleOrDefault()
            ))
            .SingleOrDefaultAsync(ct);

    private Task<string> SignAsync(DownloadLinkPayload payload, CancellationToken ct) => tokens.IssueAsync(Purpose, payload.ToString(), ct);

    private string GetBaseAddress(HttpRequest request) =>
        options.Value.BaseAddress?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";
}

/// <summary>The payload of a link: document, creator and expiry.</summary>
/// <param name="State">State of the creator's credentials and membership when the link was created.</param>
internal sealed record DownloadLinkPayload(Guid TenantId, Guid DocumentId, Guid CreatedBy, DateTimeOffset ExpiresAt, string State)
{
    /// <summary>Parses a payload whose signature has been verified.</summary>
    public static DownloadLinkPayload? Parse(string payload) =>
        payload.Split('.') is [var tenant, var document, var maker, var expires, var state]
            ? new DownloadLinkPayload(
                Guid.Parse(tenant),
                Guid.Parse(document),
                Guid.Parse(maker),
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires, CultureInfo.InvariantCulture)),
                state
            )
            : null;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{TenantId:N}.{DocumentId:N}.{CreatedBy:N}.{ExpiresAt.ToUnixTimeSeconds()}.{State}");
}

/// <summary>The account that created a link, and since when it is a member.</summary>
/// <param name="JoinedAt">Null for an account that is not a member.</param>
internal sealed record LinkCreator(Guid SecurityStamp, DateTimeOffset? JoinedAt)
{
    private const int StateLength = 16;

    /// <summary>A hash of the creator's credentials and membership; a link is valid only while it stays the same.</summary>
    public string State =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{SecurityStamp:N}{JoinedAt?.UtcTicks}")))
        )[..StateLength];
}

/// <summary>Settings of download links.</summary>
public sealed class DownloadOptions
{
    /// <summary>
    /// The address where clients reach this API, e.g. https://api.example.com. Required outside development, because the client controls
    /// the header Host.
    /// </summary>
    [Url]
    public string? BaseAddress { get; init; }
}
