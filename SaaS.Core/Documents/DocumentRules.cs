using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Documents;

/// <summary>Validates media types of documents.</summary>
internal static partial class DocumentRules
{
    public const int MimeTypeMaxLength = 100;
    public const string MimeTypeExpected = "Must be a media type such as application/pdf.";

    /// <param name="mimeType">The media type in lower case.</param>
    public static string? CheckMimeType(string mimeType) =>
        mimeType.Length <= MimeTypeMaxLength && TypeAndSubtype().IsMatch(mimeType) ? null : MimeTypeExpected;

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex TypeAndSubtype();
}

/// <summary>The name of a document. <see cref="RequiredAttribute"/> rejects null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FilenameAttribute : FieldRuleAttribute
{
    private const string Visible = $@"[^\s/\\\uFFFD{UnicodeText.RejectedCharacters}]";
    private const string Any = $@"[^/\\\uFFFD{UnicodeText.RejectedCharacters}]";

    internal const string Pattern = $"{Any}*{Visible}{Any}*";

    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = 1,
            MaxLength = FileName.MaxLength,
            Pattern = $"^{Pattern}$",
        };

    public override string? Validate(string text) => FileName.Validate(text, out _);
}

/// <summary>A media type in any letter case. <see cref="RequiredAttribute"/> rejects null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MimeTypeAttribute : FieldRuleAttribute
{
    internal const string Pattern = $@"\s*{Token}/{Token}\s*";

    private const string Token = "[A-Za-z0-9][A-Za-z0-9.+-]*";

    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = 3,
            MaxLength = DocumentRules.MimeTypeMaxLength,
            Pattern = $"^{Pattern}$",
            PatternExpected = DocumentRules.MimeTypeExpected,
        };
}

/// <summary>
/// States the rule for a document name in a form. <see cref="UploadForm"/> validates it, because browsers send empty fields.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormFilenameAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { MaxLength = FileName.MaxLength, Pattern = $"^(?:{FilenameAttribute.Pattern})?$" };
}

/// <summary>States the rule for a media type in a form, as <see cref="FormFilenameAttribute"/> does for the name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormMimeTypeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } =
        new() { MaxLength = DocumentRules.MimeTypeMaxLength, Pattern = $"^(?:{MimeTypeAttribute.Pattern})?$" };
}
