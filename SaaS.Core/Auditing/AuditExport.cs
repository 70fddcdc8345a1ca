using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>
/// Streams all matching entries in batches, so that a slow client holds neither memory nor a tenant's connection. Access is rechecked
/// before each batch; the response is aborted when access has ended.
/// </summary>
internal sealed class AuditExport(
    AuditReader reader,
    AuditScope scope,
    AuditFilter filter,
    AuditPosition? after,
    string format,
    RequestAccess access,
    RecheckAccess recheck
) : IResult
{
    public const string Json = "json";
    public const string Csv = "csv";
    public const string NdJson = "ndjson";

    public const string CsvType = "text/csv";
    public const string NdJsonType = "application/x-ndjson";

    private const int PieceSize = 1_000;

    private static readonly byte[] Header = Encoding.UTF8.GetBytes(
        "id,occurred_at,tenant_id,actor,action,subject_type,subject_id,details,address,trace_id\r\n"
    );
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> Formulas = SearchValues.Create("=+-@\t\r");

    /// <summary>Gets the requested format from the query string or, without one, from the Accept header.</summary>
    /// <returns>Null for a page in JSON.</returns>
    public static string? GetFormat(AuditFilter filter, StringValues accept) =>
        filter.Format is Csv or NdJson ? filter.Format
        : filter.Format is Json ? null
        : MediaTypeHeaderValue.TryParseList(accept, out var types) && types.MaxBy(type => type.Quality ?? 1) is { MediaType: var preferred }
            ? preferred.Equals(CsvType, StringComparison.OrdinalIgnoreCase) ? Csv
                : preferred.Equals(NdJsonType, StringComparison.OrdinalIgnoreCase) ? NdJson
                : null
        : null;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, ct) = (httpContext.Response, httpContext.RequestAborted);
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        // Read before the response starts, so that a failure still becomes a problem response.
        var piece = await reader.ReadAsync(scope, filter, after, PieceSize, ct);

        response.ContentType = format is Csv ? $"{CsvType}; charset=utf-8" : NdJsonType;
        response.Headers.ContentDisposition = $"attachment; filename=\"audit-{scope.TenantIdFilter?.ToString() ?? "platform"}.{format}\"";
        if (format is Csv)
        {
            await response.BodyWriter.WriteAsync(Header, ct);
        }

        while (true)
        {
            var lines = string.Concat(
                piece
                    .Select(AuditEntryView.From)
                    .Select(entry => format is Csv ? CsvLine(entry) : $"{JsonSerializer.Serialize(entry, json)}\n")
            );
            await response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(lines), ct);
            if (piece.Count < PieceSize)
            {
                return;
            }

            try
            {
                await recheck(access, ct);
            }
            catch (AccessEndedException)
            {
                httpContext.Abort(); // a regular end would make the file look complete
                return;
            }

            piece = await reader.ReadAsync(scope, filter, AuditPosition.From(piece[^1]), PieceSize, ct);
        }
    }

    /// <summary>Formats a field according to RFC 4180, escaped so that no spreadsheet interprets it as a formula.</summary>
    public static string CsvField(string? text)
    {
        var safe = text is { Length: > 0 } && Formulas.Contains(text[0]) ? $"'{text}" : text ?? "";
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static string CsvLine(AuditEntryView entry)
    {
        string?[] fields =
        [
            entry.Id.ToString(),
            entry.OccurredAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            entry.TenantId?.ToString(),
            entry.Actor,
            entry.Action,
            entry.SubjectType,
            entry.SubjectId.ToString(),
            entry.Details is null ? null : JsonSerializer.Serialize(entry.Details),
            entry.Address,
            entry.TraceId,
        ];
        return $"{string.Join(',', fields.Select(CsvField))}\r\n";
    }
}
