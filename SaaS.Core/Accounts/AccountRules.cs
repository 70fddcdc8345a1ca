using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace SaaS.Core.Accounts;

/// <summary>An address that mail can be sent to.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class EmailAttribute : ValidationAttribute
{
    /// <summary>Whether an account can have this address, whatever spaces are around it.</summary>
    public static bool Accepts(string email) => email.Trim() is { Length: > 0 and <= User.EmailMaxLength } address && IsAddress(address);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string email && !Accepts(email) ? new ValidationResult("Not a valid email address.") : ValidationResult.Success;

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

    /// <returns>What is wrong with a password as a new one; null for one that may be chosen.</returns>
    public static string? FaultOf(string password) => password switch
    {
        { Length: < MinLength or > MaxLength } => $"Length must be between {MinLength} and {MaxLength}.",
        _ when !password.Any(char.IsAsciiLetter) => "Must contain at least one letter.",
        _ when !password.Any(char.IsAsciiDigit) => "Must contain at least one digit.",
        _ when CommonPasswords.Include(password) => "Is one of the most common passwords: choose another one.",
        _ => null,
    };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string password && FaultOf(password) is { } fault ? new ValidationResult(fault) : ValidationResult.Success;
}
