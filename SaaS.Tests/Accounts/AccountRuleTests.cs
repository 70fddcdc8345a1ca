using System.ComponentModel.DataAnnotations;
using System.Net.Mail;
using System.Text;
using CsCheck;
using SaaS.Core.Accounts;

namespace SaaS.Tests.Accounts;

/// <summary>The rules for addresses and passwords, on whatever anybody may type.</summary>
public sealed class AccountRuleTests
{
    private const string Digits = "0123456789";

    private static readonly Gen<string> LocalPart = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789+-_"], 1, 64];
    private static readonly Gen<string> Label = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"], 1, 20];

    [Fact]
    public void Every_ordinary_address_is_taken_however_it_is_typed() =>
        Gen.Select(LocalPart, Label, Label, Gen.Bool).Sample((local, host, top, shout) =>
        {
            var email = $"{local}@{host}.{top}x";
            var typed = shout ? $"  {email.ToUpperInvariant()}\t" : email;
            Assert.True(IsGood(new EmailAttribute(), typed), typed);
            Assert.Equal(email, User.NormalizeEmail(typed));
        });

    [Fact]
    public void What_is_taken_is_one_bare_address_that_survives_being_normalised() =>
        Gen.String.Sample(text =>
        {
            if (!IsGood(new EmailAttribute(), text))
            {
                return;
            }

            var email = User.NormalizeEmail(text);
            Assert.Equal(email, new MailAddress(email).Address);
            Assert.True(email.Length <= User.EmailMaxLength);
            Assert.DoesNotContain(email, char.IsControl);
            Assert.True(IsGood(new EmailAttribute(), email));
        });

    [Fact]
    public void A_password_with_a_letter_and_a_digit_of_the_right_length_is_taken_unless_it_is_common() =>
        Gen.Select(Gen.String[Gen.Char[$"{Digits} !-_.?"], 6, 254], Gen.Char["abcxyzABCXYZäßñжЖλ日語"], Gen.Char[Digits]).Sample((rest, letter, digit) =>
            Assert.Equal(!CommonPasswords.Include($"{letter}{rest}{digit}"), IsGood(new NewPasswordAttribute(), $"{letter}{rest}{digit}")));

    [Fact]
    public void A_password_that_is_taken_keeps_every_rule() =>
        Gen.String[0, 300].Sample(password =>
        {
            if (IsGood(new NewPasswordAttribute(), password))
            {
                Assert.InRange(password.EnumerateRunes().Count(), 8, 256);
                Assert.Contains(password.EnumerateRunes(), Rune.IsLetter);
                Assert.Contains(password.EnumerateRunes(), Rune.IsDigit);
                Assert.False(CommonPasswords.Include(password));
            }
        });

    [Fact]
    public void The_list_of_common_passwords_is_there_and_knows_no_case()
    {
        Assert.True(CommonPasswords.Include("1qaz2wsx"));
        Assert.True(CommonPasswords.Include("TrustNo1"));
        Assert.False(CommonPasswords.Include("# The most common"));
        Assert.False(CommonPasswords.Include("Engine1843"));
    }

    private static bool IsGood(ValidationAttribute rule, string value) => rule.GetValidationResult(value, new ValidationContext(value)) == ValidationResult.Success;
}
