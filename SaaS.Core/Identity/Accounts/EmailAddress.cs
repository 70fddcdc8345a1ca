using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SaaS.Core.Http;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>
/// An e-mail address in canonical form, so that one mailbox has one account: normal form C, lower case, a dot-atom of RFC 5322 before the
/// <c>@</c> (with the letters of RFC 6531) and an <see cref="EmailDomain"/> after it.
/// </summary>
[JsonConverter(typeof(JsonText))]
internal sealed partial record EmailAddress
{
    public const int MaxLength = 255;

    /// <summary>The limit of RFC 5321, section 4.5.3.1.1, in bytes.</summary>
    private const int LocalPartMaxBytes = 64;

    private EmailAddress(string value) => Value = value;

    public string Value { get; }

    /// <summary>The part after the <c>@</c>.</summary>
    public string Domain => Value[(Value.LastIndexOf('@') + 1)..];

    [return: NotNullIfNotNull(nameof(address))]
    public static explicit operator string?(EmailAddress? address) => address?.Value;

    /// <summary>Parses an address as users and directories write it, ignoring surrounding white space.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        var typed = (text ?? "").Trim();
        if (
            typed.LastIndexOf('@') is not (> 0 and var at)
            || UnicodeText.Normalize(typed[..at]) is not { } written
            || EmailDomain.Canonicalize(typed[(at + 1)..]) is not { } domain
        )
        {
            return false;
        }

        var local = written.ToLowerInvariant().Normalize(NormalizationForm.FormC);
        if (
            !LocalPart().IsMatch(local)
            || local.EnumerateRunes().Any(UnicodeText.IsIgnorable)
            || Encoding.UTF8.GetByteCount(local) > LocalPartMaxBytes
            || local.Length + 1 + domain.Length > MaxLength
        )
        {
            return false;
        }

        address = new EmailAddress($"{local}@{domain}");
        return true;
    }

    /// <exception cref="FormatException">The text is not an address; <see cref="EmailAttribute"/> validates requests first.</exception>
    public static EmailAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException("Not an e-mail address.");

    /// <summary>Converts part of an address to its stored form for a search: a Unicode domain becomes A-labels.</summary>
    public static string ToSearchText(string typed)
    {
        if (TryParse(typed, out var whole))
        {
            return whole.Value;
        }

        var (local, domain) = typed.LastIndexOf('@') is >= 0 and var at ? (typed[..(at + 1)], typed[(at + 1)..]) : ("", typed);
        return EmailDomain.ToLabels(domain) is { } labels ? local + labels : typed;
    }

    public override string ToString() => Value;

    [GeneratedRegex(
        $@"\A{EmailAttribute.Atom}(?:\.{EmailAttribute.Atom})*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex LocalPart();

    /// <summary>Reads and writes addresses in stored JSON.</summary>
    internal sealed class JsonText : JsonConverter<EmailAddress>
    {
        public override EmailAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String && TryParse(reader.GetString(), out var address)
                ? address
                : throw new JsonException(EmailAttribute.Expected);

        public override void Write(Utf8JsonWriter writer, EmailAddress value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }

    internal sealed class Converter() : ValueConverter<EmailAddress, string>(address => address.Value, stored => new EmailAddress(stored));
}

/// <summary>Validates an <see cref="EmailAddress"/>, ignoring surrounding white space.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class EmailAttribute : FieldRuleAttribute
{
    // RFC 5322, section 3.2.3, and letters, digits and accents of all scripts (RFC 6531, section 3.3).
    internal const string Atom = @"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\p{L}\p{N}-][A-Za-z0-9!#$%&'*+/=?^_`{|}~\p{L}\p{M}\p{N}-]*";

    internal const string Expected =
        "Not a valid email address. Before the @ it has letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots between them, behind it a domain such as example.com.";

    private const int LocalPartMaxLength = 64;

    private const string Address = $@"\s*{Atom}(?:\.{Atom})*@{EmailDomain.Pattern}\s*$";

    /// <summary>The rule for OpenAPI. Its lookahead limits the local part, which a non-backtracking check cannot express.</summary>
    public override FieldRule Rule { get; } =
        new()
        {
            MaxLength = EmailAddress.MaxLength,
            Pattern = $@"^(?=\s*[^@]{{1,{LocalPartMaxLength.ToString(CultureInfo.InvariantCulture)}}}@){Address}",
            PatternExpected = Expected,
            Format = "email",
        };

    public override string? Validate(string text) =>
        text.EnumerateRunes().Count() > EmailAddress.MaxLength ? $"Length must be between 0 and {EmailAddress.MaxLength}."
        : EmailAddress.TryParse(text, out _) ? null
        : Expected;
}

internal static class EmailAddressColumn
{
    /// <summary>Stores the canonical form.</summary>
    public static PropertyBuilder<TAddress> HasEmailAddress<TAddress>(this PropertyBuilder<TAddress> property) =>
        property.HasConversion<EmailAddress.Converter>().HasMaxLength(EmailAddress.MaxLength);
}
