using System.Text.RegularExpressions;

namespace SaaS.Core.Documents;

/// <summary>What a document may be called. Each rule returns what is wrong, or null.</summary>
internal static partial class DocumentRules
{
    public const int FilenameMaxLength = 255;
    public const int MimeTypeMaxLength = 100;

    /// <summary>What content is when nobody says more of it.</summary>
    public const string UnknownType = "application/octet-stream";

    public static string? CheckFilename(string filename) => filename switch
    {
        { Length: < 1 or > FilenameMaxLength } => $"Length must be between 1 and {FilenameMaxLength}.",
        _ when string.IsNullOrWhiteSpace(filename) => "Must not be blank.",
        _ when filename.AsSpan().ContainsAny('/', '\\') => "Must not contain / or \\.",
        _ when filename.Any(char.IsControl) => "Must not contain control characters.",
        _ => null,
    };

    public static string? CheckMimeType(string mimeType) =>
        mimeType.Length <= MimeTypeMaxLength && TypeAndSubtype().IsMatch(mimeType)
            ? null
            : "Must be a media type such as application/pdf.";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex TypeAndSubtype();
}
