using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Documents;

/// <summary>The name of a document: one line in any script, in Unicode normal form C, and never a path.</summary>
internal sealed record FileName
{
    public const int MaxLength = 255;

    /// <summary>The error message for an invalid name.</summary>
    public const string Expected =
        "Must be one line with something to see and without / and \\. Of invisible characters it may have joiners (U+200C, U+200D) inside a word.";

    private FileName(string value) => Value = value;

    public string Value { get; }

    public static implicit operator string(FileName name) => name.Value;

    /// <returns>The error message; null when the name is valid.</returns>
    public static string? Validate(string text, out FileName? name)
    {
        name = null;
        if (UnicodeText.NormalizeLine(text) is not { } line || !UnicodeText.HasVisible(line) || line.AsSpan().ContainsAny('/', '\\'))
        {
            return Expected;
        }

        if (line.Contains('\uFFFD', StringComparison.Ordinal))
        {
            return "Must be UTF-8, without characters that could not be read.";
        }

        if (line.EnumerateRunes().Count() > MaxLength)
        {
            return $"Length must be between 1 and {MaxLength}.";
        }

        name = new FileName(line);
        return null;
    }

    public override string ToString() => Value;
}
