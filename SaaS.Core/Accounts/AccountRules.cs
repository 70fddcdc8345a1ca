using System.Globalization;
using System.Net.Mail;
using System.Text;
using SaaS.Platform.Http;

namespace SaaS.Core.Accounts;

/// <summary>An address that mail can be sent to; white space around it does not count.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class EmailAttribute : FieldRuleAttribute
{
    private const string Atom = @"[^\s@""(),:;<>\[\]\\.\u0000-\u001F\u007F-\u009F]+";

    // ASCII by itself as well: some tools compile patterns without the flag that gives \p its meaning.
    private const string Label = @"[A-Za-z0-9\p{L}\p{N}](?:[A-Za-z0-9\p{L}\p{M}\p{N}-]{0,61}[A-Za-z0-9\p{L}\p{M}\p{N}])?";

    private const string Expected = "Not a valid email address.";

    private const int LocalPartMaxLength = 64; // RFC 5321, section 4.5.3.1.1

    private const string Address = $@"\s*{Atom}(?:\.{Atom})*@(?:{Label}\.)+{Label}\s*$";

    private static readonly FieldRule Checked = new() { MaxLength = User.EmailMaxLength, Pattern = $"^{Address}", PatternExpected = Expected, Format = "email" };

    private static readonly EmailAttribute Shared = new();

    /// <summary>For the document: it looks ahead for the length of the local part, which a check that never backtracks cannot.</summary>
    public override FieldRule Rule { get; } = Checked with { Pattern = $@"^(?=\s*[^@]{{1,{LocalPartMaxLength.ToString(CultureInfo.InvariantCulture)}}}@){Address}" };

    /// <summary>Whether an account can have this address, whatever spaces are around it.</summary>
    public static bool Accepts(string email) => Shared.FaultOf(email) is null;

    public override string? FaultOf(string text) => Checked.FaultOf(text) ?? (IsAddress(text.Trim()) ? null : Expected);

    // MailAddress also takes display names and quoted local parts; an account's name is the bare address.
    private static bool IsAddress(string address) =>
        MailAddress.TryCreate(address, out var parsed)
        && parsed.Address == address
        && parsed.User.Length <= LocalPartMaxLength
        && Uri.CheckHostName(parsed.Host) is UriHostNameType.Dns;
}

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
    public static string? FaultIn(string password)
    {
        var characters = password.EnumerateRunes().ToList();
        return characters.Count is < MinLength or > MaxLength ? $"Length must be between {MinLength} and {MaxLength}."
            : !characters.Exists(Rune.IsLetter) ? "Must contain at least one letter."
            : !characters.Exists(Rune.IsDigit) ? "Must contain at least one digit."
            : CommonPasswords.Include(password) ? "Is one of the most common passwords: choose another one."
            : null;
    }
}
