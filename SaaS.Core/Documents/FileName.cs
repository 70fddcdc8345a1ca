using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Documents;

/// <summary>What a document may be called: any script in normal form C, shown as it is written, and never a path.</summary>
internal sealed record FileName
{
    public const int MaxLength = 255;

    /// <summary>What a name may hold, as a caller is told.</summary>
    public const string Expected = "Must be one line with something to see and without / and \\. Of invisible characters it may have joiners (U+200C, U+200D) inside a word.";

    private FileName(string value) => Value = value;

    public string Value { get; }

    public static implicit operator string(FileName name) => name.Value;

    /// <returns>What is wrong with a text as a name; null when nothing is.</returns>
    public static string? FaultOf(string text, out FileName? name)
    {
        name = null;
        if (UnicodeText.ReadLine(text) is not { } line || !UnicodeText.HasVisible(line) || line.AsSpan().ContainsAny('/', '\\'))
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
