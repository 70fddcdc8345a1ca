using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace SaaS.Core.Accounts;

/// <summary>An address that mail can be sent to.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class EmailAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string email && !(email.Trim() is { Length: > 0 and <= User.EmailMaxLength } address && IsAddress(address))
            ? new ValidationResult("Not a valid email address.")
            : ValidationResult.Success;

    // MailAddress also takes display names and quoted local parts; an account's name is the bare address.
    private static bool IsAddress(string address) =>
        MailAddress.TryCreate(address, out var parsed)
        && parsed.Address == address
        && !address.Any(character => char.IsControl(character) || char.IsWhiteSpace(character) || character is '"' or '(' or ')' or '<' or '>' or ',')
        && parsed.User.Length <= 64
        && parsed.Host.Contains('.', StringComparison.Ordinal)
        && Uri.CheckHostName(parsed.Host) is UriHostNameType.Dns;
}

/// <summary>A password that may be chosen: 8 to 256 characters with a letter and a digit, and none of the most common ones.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NewPasswordAttribute : ValidationAttribute
{
    public const int MinLength = 8;
    public const int MaxLength = 256;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) => value switch
    {
        string { Length: < MinLength or > MaxLength } => new ValidationResult($"Length must be between {MinLength} and {MaxLength}."),
        string password when !password.Any(char.IsAsciiLetter) => new ValidationResult("Must contain at least one letter."),
        string password when !password.Any(char.IsAsciiDigit) => new ValidationResult("Must contain at least one digit."),
        string password when CommonPasswords.Include(password) => new ValidationResult("Is one of the most common passwords: choose another one."),
        _ => ValidationResult.Success,
    };
}
