using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Documents;

/// <summary>
/// The multipart body of an upload, read as a stream. The framework's form reader would read all of it before the handler runs.
/// </summary>
/// <param name="Filename">The name as given; in canonical form, a <see cref="FileName"/>, once the form is read.</param>
internal sealed partial record UploadForm(ReceivedContent Content, string Filename, string MimeType)
{
    /// <summary>The media type detected from the bytes.</summary>
    public string DetectedType { get; private init; } = MediaTypes.Unknown;

    /// <summary>The maximum size of the request; the limit of the file is <see cref="UploadOptions.MaxFileBytes"/>.</summary>
    public const long MaxBodyBytes = 5L * 1024 * 1024 * 1024;

    private const string FilePart = "file";
    private const int BoundaryMaxLength = 70; // RFC 2046, section 5.1.1
    private const int FieldMaxBytes = 4 * 1024;
    private const int MaxParts = 16;

    private static readonly string[] Fields = ["filename", "mime_type"];

    /// <returns>The form; its content exists until the request ends.</returns>
    public static async Task<Result<UploadForm>> ReadAsync(
        HttpRequest request,
        UploadOptions options,
        IncomingUpload upload,
        CancellationToken ct
    )
    {
        if (GetBoundary(request) is not { } boundary)
        {
            return DocumentProblems.NotMultipart;
        }

        var parts = new MultipartReader(boundary, new UploadStream(request.BodyReader, upload.TooSlow));
        var fields = new Dictionary<string, string>(StringComparer.Ordinal); // fields may precede or follow the file
        UploadForm? form = null;

        for (var count = 0; await parts.ReadNextSectionAsync(ct) is { } part; count++)
        {
            if (count == MaxParts)
            {
                return DocumentProblems.TooManyParts;
            }

            if (part.GetContentDispositionHeader() is not { } disposition)
            {
                return DocumentProblems.UnreadablePart; // skipping it would hide a client's mistake
            }

            var name = Unquote(disposition.Name);
            if (!disposition.IsFileDisposition())
            {
                if (!Fields.Contains(name))
                {
                    continue; // clients of the original system may send others
                }

                if (await ReadFieldAsync(part.Body, ct) is not { } value)
                {
                    return Problem.ForField(name, $"Must be UTF-8, at most {FieldMaxBytes} bytes.");
                }

                if (!fields.TryAdd(name, value))
                {
                    return Problem.ForField(name, "Must be given once.");
                }
            }
            else if (name == FilePart)
            {
                if (form is not null)
                {
                    return DocumentProblems.OneFileOnly;
                }

                var received = await ReceivedContent.ReceiveAsync(part.Body, options, upload, ct);
                if (!received.TryGetValue(out var content, out var problem))
                {
                    return problem;
                }

                request.HttpContext.Response.RegisterForDisposeAsync(content);
                form = new UploadForm(content, GetFileName(disposition), GetContentType(part));
            }
        }

        // Browsers send empty inputs as well.
        return form is null
            ? DocumentProblems.NoFile
            : await CheckAsync(
                form with
                {
                    Filename = fields.GetValueOrDefault("filename") is { Length: > 0 } given ? given : form.Filename,
                    MimeType = (fields.GetValueOrDefault("mime_type") is { Length: > 0 } claimed ? claimed : form.MimeType)
                        .Trim()
                        .ToLowerInvariant(),
                },
                options,
                ct
            );
    }

    private static async Task<Result<UploadForm>> CheckAsync(UploadForm form, UploadOptions options, CancellationToken ct)
    {
        if (!DocumentLabels.ValidateName(form.Filename, options).TryGetValue(out var name, out var badName))
        {
            return badName;
        }

        var detected = await form.Content.DetectMediaTypeAsync(ct);
        return !DocumentLabels.ResolveType(form.MimeType, detected, isCorrected: true, options).TryGetValue(out var type, out var badType)
            ? badType
            : form with
            {
                Filename = name,
                MimeType = type,
                DetectedType = detected,
            };
    }

    private static string? GetBoundary(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= BoundaryMaxLength } boundary
            ? boundary.ToString()
            : null;

    // RFC 6266: filename* (UTF-8) wins over filename. Some clients send a whole path, whose last part is the name. A backslash in a name
    // that is no path stays, and is rejected later.
    private static string GetFileName(ContentDispositionHeaderValue disposition)
    {
        var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar.ToString() : Unquote(disposition.FileName);
        return IsWindowsPath().IsMatch(name) ? name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..] : name[(name.LastIndexOf('/') + 1)..];
    }

    // RFC 9110, section 5.6.4, except that old browsers send C:\path\x unescaped: a backslash escapes only a quote or a backslash.
    private static string Unquote(StringSegment value) => EscapedCharacter().Replace(HeaderUtilities.RemoveQuotes(value).ToString(), "$1");

    private static string GetContentType(MultipartSection part) =>
        MediaTypeHeaderValue.TryParse(part.ContentType, out var type) && type.MediaType.HasValue
            ? type.MediaType.Value
            : MediaTypes.Unknown;

    /// <returns>Null when it is too long or not UTF-8: a truncated name is a different name.</returns>
    private static async Task<string?> ReadFieldAsync(Stream body, CancellationToken ct)
    {
        var buffer = new byte[FieldMaxBytes + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length <= FieldMaxBytes && Utf8.IsValid(buffer.AsSpan(0, length)) ? Encoding.UTF8.GetString(buffer, 0, length) : null;
    }

    [GeneratedRegex(@"\\([""\\])")]
    private static partial Regex EscapedCharacter();

    [GeneratedRegex(@"\A(?:[A-Za-z]:)?\\")]
    private static partial Regex IsWindowsPath();
}

/// <summary>The form of an upload, or the problem with it. It is bound before the other parameters of the handler.</summary>
internal sealed record ReceivedForm(Result<UploadForm> Outcome)
{
    /// <summary>The request fingerprint; null when the form is not valid.</summary>
    public object? Fingerprint =>
        !Outcome.TryGetValue(out var form, out _)
            ? null
            : new
            {
                form.Filename,
                form.MimeType,
                form.Content.Sha256,
                form.Content.Size,
            };

    /// <summary>Receives the form within its deadlines and the limits of account and tenant. No database is open meanwhile.</summary>
    public static async ValueTask<ReceivedForm?> BindAsync(HttpContext http, ParameterInfo _)
    {
        var services = http.RequestServices;
        if (http.Features.Get<TenantScope>() is not { } scope || Principal.Get(http) is not { } principal)
        {
            throw new InvalidOperationException(
                $"The route {http.GetEndpoint()?.DisplayName} accepts uploads but is not in a group created by MapTenantGroup."
            );
        }

        if (
            services.GetRequiredService<IncomingUploads>().TryBegin(scope.TenantId, principal.Id, ReadRemainingQuotaAsync) is not { } upload
        )
        {
            return new(FileProblems.TooManyUploads);
        }

        http.Response.RegisterForDispose(upload);
        await using (upload.TooSlow.Register(http.Request.BodyReader.CancelPendingRead))
        {
            return new(
                await UploadForm.ReadAsync(
                    http.Request,
                    services.GetRequiredService<IOptions<UploadOptions>>().Value,
                    upload,
                    http.RequestAborted
                )
            );
        }

        async Task<RemainingQuota> ReadRemainingQuotaAsync(CancellationToken ct)
        {
            var agreed = await services
                .GetRequiredService<ControlDbContext>()
                .Tenants.Where(tenant => tenant.Id == scope.TenantId)
                .Select(tenant => tenant.Quotas)
                .SingleAsync(ct);
            var quota = EffectiveQuotas.From(agreed, services.GetRequiredService<IOptions<QuotaOptions>>().Value).MaxStorageBytes;
            await using var db = await services.GetRequiredService<TenantDbFactory>().OpenAsync(scope, ct);
            return new RemainingQuota(quota, Free: quota - await db.ContentUsage.Select(usage => usage.StorageBytes).SingleAsync(ct));
        }
    }
}
