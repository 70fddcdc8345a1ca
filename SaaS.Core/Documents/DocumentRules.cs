using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using SaaS.Platform.Http;

namespace SaaS.Core.Documents;

/// <summary>What a document may be called. Each rule returns what is wrong, or null.</summary>
internal static partial class DocumentRules
{
    public const int FilenameMaxLength = 255;
    public const int MimeTypeMaxLength = 100;

    // A name with them is shown as another one: photo[U+202E]gpj.exe as photoexe.jpg.
    private static readonly SearchValues<char> DirectionMarks = SearchValues.Create("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

    public static string? CheckFilename(string filename) =>
        OneLineAttribute.Check(filename, FilenameMaxLength)
        ?? (filename.AsSpan().ContainsAny('/', '\\') ? "Must not contain / or \\."
            : filename.AsSpan().ContainsAny(DirectionMarks) ? "Must not contain characters that change the direction of writing."
            : null);

    /// <param name="mimeType">In lower case.</param>
    public static string? CheckMimeType(string mimeType) =>
        mimeType.Length <= MimeTypeMaxLength && TypeAndSubtype().IsMatch(mimeType)
            ? null
            : "Must be a media type such as application/pdf.";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex TypeAndSubtype();
}

/// <summary>A document's name; null is for <see cref="RequiredAttribute"/> to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilenameAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string filename && DocumentRules.CheckFilename(filename) is { } wrong ? new ValidationResult(wrong) : ValidationResult.Success;
}

/// <summary>A media type in upper or lower case; null is for <see cref="RequiredAttribute"/> to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MimeTypeAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string type && DocumentRules.CheckMimeType(type.Trim().ToLowerInvariant()) is { } wrong ? new ValidationResult(wrong) : ValidationResult.Success;
}
