using System.Collections;
using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Http;

/// <summary>
/// Text on one line, in any script: not blank and without control characters, such as NUL, which PostgreSQL cannot store. <see
/// cref="RequiredAttribute"/> and <see cref="MinLengthAttribute"/> decide whether it may be omitted or empty.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneLineAttribute(int maxLength) : FieldRuleAttribute
{
    private const string Control = @"\u0000-\u001F\u007F-\u009F";

    /// <summary>A text without control characters that is empty or has a visible character.</summary>
    public const string Pattern = $@"^(?:[^{Control}]*[^\s{Control}][^{Control}]*)?$";

    public override FieldRule Rule { get; } =
        new()
        {
            MaxLength = maxLength,
            Pattern = Pattern,
            PatternExpected = "Must not be blank or contain control characters.",
        };

    /// <returns>The error message; null when the text is valid.</returns>
    public static string? Check(string text, int maxLength) =>
        text switch
        {
            _ when string.IsNullOrWhiteSpace(text) => "Must not be blank.",
            _ when text.EnumerateRunes().Count() > maxLength => $"Length must be between 1 and {maxLength}.",
            _ when text.Any(char.IsControl) => "Must not contain control characters.",
            _ => null,
        };

    /// <inheritdoc/>
    public override string? Validate(string text) => text.Length == 0 ? null : Check(text, Rule.MaxLength!.Value);
}

/// <summary>Rejects null items of a list, which deserialization does not check.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class NoNullsAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable items && items.Cast<object?>().Contains(null)
            ? new ValidationResult("Must not contain null.")
            : ValidationResult.Success;
}
