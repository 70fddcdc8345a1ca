using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Files;
using SaaS.Platform.Http;

namespace SaaS.Core.Documents;

/// <summary>
/// The multipart body of an upload, read once from front to back: the framework's own form reader would hold it whole
/// before the first line of ours ran.
/// </summary>
internal sealed record UploadForm(ReceivedContent Content, string Filename, string MimeType)
{
    /// <summary>Bounds what a connection may send at all; the file's own limit is <see cref="UploadOptions.MaxFileBytes"/>.</summary>
    public const long MaxBodyBytes = 5L * 1024 * 1024 * 1024;

    private const int BoundaryMaxLength = 70; // RFC 2046, section 5.1.1
    private const int FieldMaxBytes = 4 * 1024;

    /// <returns>The form, whose content the caller disposes of.</returns>
    public static async Task<Outcome<UploadForm>> ReadAsync(HttpRequest request, UploadOptions options, CancellationToken ct)
    {
        if (BoundaryOf(request) is not { } boundary)
        {
            return DocumentProblems.NotMultipart;
        }

        var parts = new MultipartReader(boundary, request.Body);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);

        while (await parts.ReadNextSectionAsync(ct) is { } part)
        {
            var disposition = part.GetContentDispositionHeader();
            if (disposition is not null && disposition.IsFileDisposition() && HeaderUtilities.RemoveQuotes(disposition.Name) == "file")
            {
                return await ReadFileAsync(part, disposition, fields, options, ct);
            }

            if (disposition is not null && disposition.IsFormDisposition())
            {
                fields[HeaderUtilities.RemoveQuotes(disposition.Name).ToString()] = await ReadFieldAsync(part.Body, ct);
            }
        }

        return DocumentProblems.NoFile;
    }

    private static async Task<Outcome<UploadForm>> ReadFileAsync(
        MultipartSection part, ContentDispositionHeaderValue disposition, Dictionary<string, string> fields, UploadOptions options, CancellationToken ct)
    {
        var filename = fields.GetValueOrDefault("filename", OwnName(disposition)).Trim();
        var mimeType = fields.GetValueOrDefault("mime_type", OwnType(part)).Trim().ToLowerInvariant();

        // Said before the first byte of the file is read: nobody waits for an upload that will be refused.
        if (DocumentRules.CheckFilename(filename) is { } badName)
        {
            return Problem.OfField("filename", badName);
        }

        if (DocumentRules.CheckMimeType(mimeType) is { } badType)
        {
            return Problem.OfField("mime_type", badType);
        }

        var received = await ReceivedContent.ReceiveAsync(part.Body, options, ct);
        return received.Failed(out var problem, out var content)
            ? problem
            : new UploadForm(content, filename, mimeType);
    }

    private static string? BoundaryOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= BoundaryMaxLength } boundary
            ? boundary.ToString()
            : null;

    // RFC 6266: filename* (UTF-8) before filename. Some clients send their whole path; the name is its last part.
    private static string OwnName(ContentDispositionHeaderValue disposition)
    {
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
        return name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
    }

    private static string OwnType(MultipartSection part) =>
        MediaTypeHeaderValue.TryParse(part.ContentType, out var type) && type.MediaType.HasValue ? type.MediaType.Value : DocumentRules.UnknownType;

    private static async Task<string> ReadFieldAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[FieldMaxBytes];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }
}
