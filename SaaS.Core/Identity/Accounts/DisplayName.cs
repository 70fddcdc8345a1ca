using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A name that people type into one line, of a person or of a tenant, in its canonical form: normal form C, without spaces around it.</summary>
internal sealed record DisplayName
{
    /// <summary>What a name may hold, as a caller is told.</summary>
    public const string Expected = "Must be one line with something to see: letters, digits, punctuation, symbols and spaces. Of invisible characters it may have joiners (U+200C, U+200D) inside a word.";

    private DisplayName(string value) => Value = value;

    public string Value { get; }

    public static implicit operator string(DisplayName name) => name.Value;

    /// <exception cref="FormatException">It is none; requests are checked by <see cref="NameAttribute"/> before.</exception>
    public static DisplayName Parse(string text, int maxLength) => FaultOf(text, maxLength, out var name) is { } fault ? throw new FormatException(fault) : name!;

    /// <returns>What is wrong with a text as a name; null when nothing is.</returns>
    public static string? FaultOf(string text, int maxLength, out DisplayName? name)
    {
        name = null;
        if (UnicodeText.ReadLine(text) is not { } line || !UnicodeText.HasVisible(line))
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

/// <summary>A <see cref="DisplayName"/>. Whether it may be left out or empty is said by other attributes.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NameAttribute(int maxLength) : FieldRuleAttribute
{
    /// <summary>As much of the rule as a pattern can say.</summary>
    private const string Pattern = $@"^(?:[^{UnicodeText.Refused}]*[^\s{UnicodeText.Refused}][^{UnicodeText.Refused}]*)?$";

    public override FieldRule Rule { get; } = new() { MaxLength = maxLength, Pattern = Pattern, PatternExpected = DisplayName.Expected };

    public override string? FaultOf(string text) => text.Length == 0 ? null : DisplayName.FaultOf(text, Rule.MaxLength!.Value, out _);
}
