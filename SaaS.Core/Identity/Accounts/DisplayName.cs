using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>The name of a person or tenant in canonical form: one line in normal form C, without surrounding white space.</summary>
internal sealed record DisplayName
{
    /// <summary>The allowed content of a name, as validation errors describe it.</summary>
    public const string Expected =
        "Must be one line with something to see: letters, digits, punctuation, symbols and spaces. Of invisible characters it may have joiners (U+200C, U+200D) inside a word.";

    private DisplayName(string value) => Value = value;

    public string Value { get; }

    public static implicit operator string(DisplayName name) => name.Value;

    /// <exception cref="FormatException">The text is not a valid name; <see cref="NameAttribute"/> validates requests first.</exception>
    public static DisplayName Parse(string text, int maxLength) =>
        Validate(text, maxLength, out var name) is { } fault ? throw new FormatException(fault) : name!;

    /// <returns>A description of the error; null when the name is valid.</returns>
    public static string? Validate(string text, int maxLength, out DisplayName? name)
    {
        name = null;
        if (UnicodeText.NormalizeLine(text) is not { } line || !UnicodeText.HasVisible(line))
        {
            return Expected;
        }

        if (line.EnumerateRunes().Count() > maxLength)
        {
            return $"Length must be between 1 and {maxLength}.";
        }

        name = new DisplayName(line);
        return null;
    }

    public override string ToString() => Value;
}

/// <summary>Validates a <see cref="DisplayName"/>. Other attributes decide whether it may be missing or empty.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NameAttribute(int maxLength) : FieldRuleAttribute
{
    /// <summary>The part of the rule that a regular expression can express.</summary>
    private const string Pattern =
        $@"^(?:[^{UnicodeText.RejectedCharacters}]*[^\s{UnicodeText.RejectedCharacters}][^{UnicodeText.RejectedCharacters}]*)?$";

    public override FieldRule Rule { get; } =
        new()
        {
            MaxLength = maxLength,
            Pattern = Pattern,
            PatternExpected = DisplayName.Expected,
        };

    public override string? Validate(string text) => text.Length == 0 ? null : DisplayName.Validate(text, Rule.MaxLength!.Value, out _);
}
