using System.Text.RegularExpressions;
using SaaS.Platform.Http;

namespace SaaS.Core.Documents;

/// <summary>What a document may be called. Each rule returns what is wrong, or null.</summary>
internal static partial class DocumentRules
{
    public const int FilenameMaxLength = 255;
    public const int MimeTypeMaxLength = 100;

    /// <summary>What content is when nobody says more of it.</summary>
    public const string UnknownType = "application/octet-stream";

    public static string? CheckFilename(string filename) =>
        OneLineAttribute.Check(filename, FilenameMaxLength)
        ?? (filename.AsSpan().ContainsAny('/', '\\') ? "Must not contain / or \\." : null);

    public static string? CheckMimeType(string mimeType) =>
        mimeType.Length <= MimeTypeMaxLength && TypeAndSubtype().IsMatch(mimeType)
            ? null
            : "Must be a media type such as application/pdf.";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex TypeAndSubtype();
}
