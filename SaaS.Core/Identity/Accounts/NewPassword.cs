using System.Text;
using SaaS.Core.Http;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A password that may be chosen: 8 to 256 characters with a letter of any script and a digit, and none of the most common ones.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class NewPasswordAttribute : FieldRuleAttribute
{
    public const int MinLength = 8;
    public const int MaxLength = 256;

    public override FieldRule Rule { get; } = new()
    {
        MinLength = MinLength,
        MaxLength = MaxLength,
        Pattern = @"[A-Za-z\p{L}][\s\S]*[0-9\p{Nd}]|[0-9\p{Nd}][\s\S]*[A-Za-z\p{L}]",
        Format = "password",
    };

    public override string? FaultOf(string text) => FaultIn(text);

    /// <returns>What is wrong with a password as a new one; null for one that may be chosen.</returns>
    public static string? FaultIn(string typed)
    {
        var password = Passwords.Normalize(typed);
        var characters = password.EnumerateRunes().ToList();
        return characters.Count is < MinLength or > MaxLength ? $"Length must be between {MinLength} and {MaxLength}."
            : !characters.Exists(Rune.IsLetter) ? "Must contain at least one letter."
            : !characters.Exists(Rune.IsDigit) ? "Must contain at least one digit."
            : CommonPasswords.Include(password) ? "Is one of the most common passwords: choose another one."
            : null;
    }
}
