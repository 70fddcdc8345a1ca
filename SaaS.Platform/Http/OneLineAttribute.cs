using System.ComponentModel.DataAnnotations;

namespace SaaS.Platform.Http;

/// <summary>
/// Text that people type into one line: any script, not blank, and no control characters, among which is the NUL that
/// PostgreSQL does not store. White space around it does not count; whether it may be left out is said by <see cref="RequiredAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneLineAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>Characters.</summary>
    public int MaxLength { get; } = maxLength;

    /// <returns>What is wrong with the text, or null.</returns>
    public static string? Check(string text, int maxLength) => text switch
    {
        _ when string.IsNullOrWhiteSpace(text) => "Must not be blank.",
        _ when text.Trim().Length > maxLength => $"Length must be between 1 and {maxLength}.",
        _ when text.Any(char.IsControl) => "Must not contain control characters.",
        _ => null,
    };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string { Length: > 0 } text && Check(text, MaxLength) is { } wrong ? new ValidationResult(wrong) : ValidationResult.Success;
}
