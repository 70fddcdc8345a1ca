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

    public static string? CheckFilename(string filename) =>
        OneLineAttribute.Check(filename, FilenameMaxLength)
        ?? (filename.AsSpan().ContainsAny('/', '\\') ? "Must not contain / or \\." : null)
        ?? (filename.Contains('\uFFFD', StringComparison.Ordinal) ? "Must be UTF-8, without characters that could not be read." : null);

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
    private const string Visible = @"[^\s/\\\u0000-\u001F\u007F-\u009F\uFFFD]";
    private const string Any = @"[^/\\\u0000-\u001F\u007F-\u009F\uFFFD]";

    public override FieldRule Rule { get; } = new() { MinLength = 1, MaxLength = DocumentRules.FilenameMaxLength, Pattern = $"^{Any}*{Visible}{Any}*$" };

    public override string? FaultOf(string text) => DocumentRules.CheckFilename(text);
}

/// <summary>A media type in upper or lower case; null is for <see cref="RequiredAttribute"/> to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MimeTypeAttribute : FieldRuleAttribute
{
    private const string Token = "[A-Za-z0-9][A-Za-z0-9.+-]*";

    public override FieldRule Rule { get; } = new() { MinLength = 3, MaxLength = DocumentRules.MimeTypeMaxLength, Pattern = $@"^\s*{Token}/{Token}\s*$", PatternExpected = DocumentRules.MimeTypeExpected };
}
