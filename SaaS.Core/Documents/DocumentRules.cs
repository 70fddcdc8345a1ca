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
    public const string MimeTypeExpected = "Must be a media type such as application/pdf.";

    // A name with them is shown as another one: photo[U+202E]gpj.exe as photoexe.jpg.
    private static readonly SearchValues<char> DirectionMarks = SearchValues.Create("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

    public static string? CheckFilename(string filename) =>
        OneLineAttribute.Check(filename, FilenameMaxLength)
        ?? (filename.AsSpan().ContainsAny('/', '\\') ? "Must not contain / or \\."
            : filename.AsSpan().ContainsAny(DirectionMarks) ? "Must not contain characters that change the direction of writing."
            : filename.Contains('\uFFFD', StringComparison.Ordinal) ? "Must be UTF-8, without characters that could not be read."
            : null);

    /// <param name="mimeType">In lower case.</param>
    public static string? CheckMimeType(string mimeType) =>
        mimeType.Length <= MimeTypeMaxLength && TypeAndSubtype().IsMatch(mimeType)
            ? null
            : MimeTypeExpected;

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex TypeAndSubtype();
}

/// <summary>A document's name; null is for <see cref="RequiredAttribute"/> to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilenameAttribute : FieldRuleAttribute
{
    private const string Directions = @"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069";
    private const string Visible = @"[^\s/\\\u0000-\u001F\u007F-\u009F\uFFFD" + Directions + "]";
    private const string Any = @"[^/\\\u0000-\u001F\u007F-\u009F\uFFFD" + Directions + "]";

    internal const string Pattern = $"{Any}*{Visible}{Any}*";

    public override FieldRule Rule { get; } = new() { MinLength = 1, MaxLength = DocumentRules.FilenameMaxLength, Pattern = $"^{Pattern}$" };

    public override string? FaultOf(string text) => DocumentRules.CheckFilename(text);
}

/// <summary>A media type in upper or lower case; null is for <see cref="RequiredAttribute"/> to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MimeTypeAttribute : FieldRuleAttribute
{
    internal const string Pattern = $@"\s*{Token}/{Token}\s*";

    private const string Token = "[A-Za-z0-9][A-Za-z0-9.+-]*";

    public override FieldRule Rule { get; } = new() { MinLength = 3, MaxLength = DocumentRules.MimeTypeMaxLength, Pattern = $"^{Pattern}$", PatternExpected = DocumentRules.MimeTypeExpected };
}

/// <summary>States the rule of a document's name in a form, which <see cref="UploadForm"/> reads by itself: browsers send a field that nobody filled in.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormFilenameAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { MaxLength = DocumentRules.FilenameMaxLength, Pattern = $"^(?:{FilenameAttribute.Pattern})?$" };
}

/// <summary>States the rule of a media type in a form, as <see cref="FormFilenameAttribute"/> does for the name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormMimeTypeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { MaxLength = DocumentRules.MimeTypeMaxLength, Pattern = $"^(?:{MimeTypeAttribute.Pattern})?$" };
}
