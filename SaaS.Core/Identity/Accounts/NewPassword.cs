using System.Text;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Accounts;

/// <summary>Validates a new password: 8 to 256 characters with a letter of any script and a digit, and not a common password.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NewPasswordAttribute : FieldRuleAttribute
{
    public const int MinLength = 8;
    public const int MaxLength = 256;

    public override FieldRule Rule { get; } =
        new()
        {
            MinLength = MinLength,
            MaxLength = MaxLength,
            Pattern = @"[A-Za-z\p{L}][\s\S]*[0-9\p{Nd}]|[0-9\p{Nd}][\s\S]*[A-Za-z\p{L}]",
            Format = "password",
        };

    public override string? Validate(string text) => ValidatePassword(text);

    /// <returns>A description of the error; null when the password is acceptable.</returns>
    public static string? ValidatePassword(string typed)
    {
        var password = Passwords.Normalize(typed);
        var characters = password.EnumerateRunes().ToList();
        return characters.Count is < MinLength or > MaxLength ? $"Length must be between {MinLength} and {MaxLength}."
            : !characters.Exists(Rune.IsLetter) ? "Must contain at least one letter."
            : !characters.Exists(Rune.IsDigit) ? "Must contain at least one digit."
            : CommonPasswords.Contains(password) ? "Is one of the most common passwords: choose another one."
            : null;
    }
}
