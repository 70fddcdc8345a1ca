using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Http;

/// <summary>
/// Text that people type into one line: any script, not blank, and no control characters, among which is the NUL that
/// PostgreSQL does not store. Whether it may be left out or empty is said by <see cref="RequiredAttribute"/> and <see cref="MinLengthAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneLineAttribute(int maxLength) : FieldRuleAttribute
{
    private const string Control = @"\u0000-\u001F\u007F-\u009F";

    /// <summary>A text without control characters that is empty or has something to see.</summary>
    public const string Pattern = $@"^(?:[^{Control}]*[^\s{Control}][^{Control}]*)?$";

    public override FieldRule Rule { get; } = new() { MaxLength = maxLength, Pattern = Pattern, PatternExpected = "Must not be blank or contain control characters." };

    /// <returns>What is wrong with the text, or null.</returns>
    public static string? Check(string text, int maxLength) => text switch
    {
        _ when string.IsNullOrWhiteSpace(text) => "Must not be blank.",
        _ when text.EnumerateRunes().Count() > maxLength => $"Length must be between 1 and {maxLength}.",
        _ when text.Any(char.IsControl) => "Must not contain control characters.",
        _ => null,
    };

    /// <inheritdoc/>
    public override string? FaultOf(string text) => text.Length == 0 ? null : Check(text, Rule.MaxLength!.Value);
}
