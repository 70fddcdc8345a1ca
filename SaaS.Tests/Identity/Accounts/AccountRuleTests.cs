using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net.Mail;
using System.Text;
using CsCheck;
using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Tests.Identity.Accounts;

/// <summary>Tests the rules for addresses, names and passwords against arbitrary input.</summary>
public sealed class AccountRuleTests
{
    private const string Digits = "0123456789";

    private static readonly Gen<string> LocalPart = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789+-_"], 1, 64];
    private static readonly Gen<string> Label = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"], 1, 20];

    [Fact]
    public void Every_ordinary_address_is_accepted_in_any_case_and_trimmed() =>
        Gen.Select(LocalPart, Label, Label, Gen.Bool)
            .Sample(
                (local, host, top, shout) =>
                {
                    var email = $"{local}@{host}.{top}x";
                    var typed = shout ? $"  {email.ToUpperInvariant()}\t" : email;
                    Assert.True(IsGood(new EmailAttribute(), typed), typed);
                    Assert.Equal(email, EmailAddress.Parse(typed).Value);
                }
            );

    /// <summary>Generates texts that resemble addresses, from every kind of character that an address can contain.</summary>
    private static readonly Gen<string> AddressLike = Gen.Select(
        Gen.String[
            Gen.OneOf(
                Gen.Char["abcxyzABCXYZ019.!#$%&'*+-/=?^_`{|}~"],
                Gen.Char["äÖßİıſσςΣéñжЖ日本\u0308\u0301\u0327\u0323\u200B\u200C\u200D\u00AD\u202E\u3164\uFE0F ,;<>()\"@"],
                Gen.Char
            ),
            1,
            12
        ],
        Gen.String[Gen.OneOf(Gen.Char["abcABC019.-"], Gen.Char["äÖßİıſσςΣéñжЖ日本\u0308\u0301\u3002\uFF0E\u200B\u200D．ｂ"]), 1, 12],
        (local, domain) => $"{local}@{domain}.Example"
    );

    [Fact]
    public void An_accepted_address_is_a_single_address_that_parses_to_itself() =>
        Gen.OneOf(Gen.String, AddressLike)
            .Sample(
                text =>
                {
                    Assert.Equal(EmailAddress.TryParse(text, out var address), IsGood(new EmailAttribute(), text));
                    if (address is null)
                    {
                        return;
                    }

                    var email = address.Value;
                    Assert.Equal(address, EmailAddress.Parse(email));
                    Assert.Equal(address, EmailAddress.Parse(text.Normalize(NormalizationForm.FormD)));
                    Assert.Equal(email, new MailAddress(email).Address);
                    Assert.True(MimeEmail.IsAddress(email), email); // otherwise an address could be registered that cannot receive mail
                    Assert.True(email.Length <= EmailAddress.MaxLength);
                    Assert.True(email.IsNormalized());
                    Assert.True(Ascii.IsValid(address.Domain));
                    Assert.DoesNotContain(
                        email,
                        character => char.IsControl(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format
                    );
                    // The pattern in the OpenAPI document matches every accepted address.
                    Assert.Matches(new EmailAttribute().Rule.Pattern!, text);
                },
                iter: 20_000
            );

    [Fact]
    public void An_accepted_name_parses_to_itself() =>
        Gen.String[Gen.OneOf(Gen.Char["aZ \u0301\u0308\u200B\u200C\u200D\u202E\u2028\u3164\uFE0Fé日\u0000\n/"], Gen.Char), 0, 12]
            .Sample(
                text =>
                {
                    if (DisplayName.Validate(text, 100, out var name) is null)
                    {
                        Assert.Equal(name, DisplayName.Parse(name!.Value, 100));
                        Assert.Equal(name, DisplayName.Parse(text.Normalize(NormalizationForm.FormD), 100));
                        Assert.Equal(name.Value, UnicodeText.Clean(name.Value, 100));
                    }

                    Assert.True(UnicodeText.Clean(text, 5) is not { } cleaned || DisplayName.Validate(cleaned, 5, out _) is null, text);
                },
                iter: 20_000
            );

    [Fact]
    public void Passwords_are_validated_in_one_Unicode_normal_form() =>
        Gen.String[Gen.OneOf(Gen.Char["aé1ñ日\u0301\u0303"], Gen.Char["abc123"]), 4, 20]
            .Sample(password =>
                Assert.Equal(
                    NewPasswordAttribute.ValidatePassword(password.Normalize(NormalizationForm.FormD)),
                    NewPasswordAttribute.ValidatePassword(password.Normalize())
                )
            );

    [Fact]
    public void A_password_with_letter_and_digit_is_accepted_unless_it_is_common() =>
        Gen.Select(Gen.String[Gen.Char[$"{Digits} !-_.?"], 6, 254], Gen.Char["abcxyzABCXYZäßñжЖλ日語"], Gen.Char[Digits])
            .Sample(
                (rest, letter, digit) =>
                    Assert.Equal(
                        !CommonPasswords.Contains($"{letter}{rest}{digit}"),
                        IsGood(new NewPasswordAttribute(), $"{letter}{rest}{digit}")
                    )
            );

    [Fact]
    public void An_accepted_password_satisfies_every_rule() =>
        Gen.String[0, 300]
            .Sample(password =>
            {
                if (IsGood(new NewPasswordAttribute(), password))
                {
                    Assert.InRange(password.EnumerateRunes().Count(), 8, 256);
                    Assert.Contains(password.EnumerateRunes(), Rune.IsLetter);
                    Assert.Contains(password.EnumerateRunes(), Rune.IsDigit);
                    Assert.False(CommonPasswords.Contains(password));
                }
            });

    [Fact]
    public void The_list_of_common_passwords_is_loaded_and_case_insensitive()
    {
        Assert.True(CommonPasswords.Contains("1qaz2wsx"));
        Assert.True(CommonPasswords.Contains("TrustNo1"));
        Assert.False(CommonPasswords.Contains("# The most common"));
        Assert.False(CommonPasswords.Contains("Engine1843"));
    }

    private static bool IsGood(ValidationAttribute rule, string value) =>
        rule.GetValidationResult(value, new ValidationContext(value)) == ValidationResult.Success;
}
