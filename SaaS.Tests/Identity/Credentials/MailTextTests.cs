using System.Text.RegularExpressions;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Identity.Mfa.Mails;
using SaaS.Infrastructure.Mail;

namespace SaaS.Tests.Identity.Credentials;

/// <summary>Tests the text of the mails. It needs no running backing service.</summary>
public sealed partial class MailTextTests
{
    private const string Product = "Tom & Söhne <Platform>";
    private static readonly Guid Id = Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057");
    private static readonly Uri Link = new("https://app.example.com/confirm?a=1&token=a+b/c%2F\"'<&next=%0A#ü");
    private static readonly DateTimeOffset When = new(2026, 3, 7, 23, 5, 0, TimeSpan.FromHours(-3));

    public static TheoryData<string> Mails { get; } =
    [
        "verify",
        "reset",
        "confirm-new",
        "address-ordered",
        "address-changed",
        "password-changed",
        "factor-added",
        "factor-removed",
        "recovery-code-used",
    ];

    public static TheoryData<string> MailsWithALink { get; } = ["verify", "reset", "confirm-new"];

    [Theory]
    [MemberData(nameof(Mails))]
    public async Task A_hostile_name_is_escaped(string kind)
    {
        const string Hostile = "<script>alert(\"1\")<img src='x' onerror=\"y\">&amp;";

        var mail = await WriteAsync(kind, Hostile);

        Assert.Contains($"Hello {Hostile},", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"Hello {Hostile},", WebUtility.HtmlDecode(mail.Html), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", mail.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", mail.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Söhne <Platform>", mail.Html, StringComparison.Ordinal);
        Assert.Equal(TagsOf(await WriteAsync(kind, "Ada")), TagsOf(mail));
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public async Task A_name_of_any_script_is_readable(string kind)
    {
        foreach (var name in new[] { "Zoë", "O'Néill", "田中", "نور", "Владимир", "👩‍🚀", "J.R.R." })
        {
            var mail = await WriteAsync(kind, name);

            Assert.StartsWith($"Hello {name},\n", mail.Text, StringComparison.Ordinal);
            Assert.Contains($"Hello {name},", WebUtility.HtmlDecode(mail.Html), StringComparison.Ordinal);
            Assert.Equal($"{name} Lovelace", mail.To.Name);
        }
    }

    [Theory]
    [InlineData("win.example.com")]
    [InlineData("Claim https://win.example/now")]
    [InlineData("win@example.com")]
    [InlineData("win。example")]
    [InlineData(" \t\r\n ")]
    [InlineData("\u202E\u2066")]
    public async Task A_name_that_looks_like_a_link_is_omitted(string name)
    {
        var mail = await WriteAsync("verify", name);

        Assert.StartsWith("Hello,\n", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("win", mail.To.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_cannot_add_lines_or_reverse_the_text()
    {
        var mail = await WriteAsync("verify", "Ada\r\n\u202Etxet\u2028Click here");

        Assert.StartsWith("Hello Ada txet Click here,\n\n", mail.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(MailsWithALink))]
    public async Task The_link_is_in_both_the_text_and_HTML_bodies(string kind)
    {
        var mail = await WriteAsync(kind, "Ada");

        Assert.Contains($"\n{Link.AbsoluteUri}\n", mail.Text, StringComparison.Ordinal);
        var links = Hrefs().Matches(mail.Html).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();
        Assert.Equal([Link.AbsoluteUri, Link.AbsoluteUri], links);
        Assert.Contains($">{Link.AbsoluteUri}</a>", WebUtility.HtmlDecode(mail.Html), StringComparison.Ordinal);
        Assert.Contains("valid for 24 hours", mail.Text, StringComparison.Ordinal);
        Assert.Contains("valid for 24 hours", mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/confirm")]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    public Task A_link_that_is_not_a_web_address_throws(string link) =>
        Assert.ThrowsAsync<ArgumentException>(() =>
            VerifyEmailMail.WriteAsync(Id, To("Ada"), new Uri(link, UriKind.RelativeOrAbsolute), TimeSpan.FromHours(1), Product)
        );

    [Theory]
    [MemberData(nameof(Mails))]
    public async Task Mails_have_no_unresolved_placeholders_or_remote_content(string kind)
    {
        var mail = await WriteAsync(kind, "Ada");

        Assert.Equal(Id, mail.Id);
        Assert.NotEmpty(mail.Subject);
        Assert.DoesNotContain("Ada", mail.Subject, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\{\w*\}|\{\{|\}\}|%[a-z]+%|\$\w", mail.Text);
        Assert.DoesNotMatch(@"\{\w*\}|\{\{|\}\}|%[a-z]+%|\$\w", mail.Html);
        Assert.DoesNotContain("SaaS.", mail.Text + mail.Html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)<(img|link|script|iframe|object|form)|url\\(|@import|@font-face|src=", mail.Html);
        Assert.Contains(Product, mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_address_gets_the_time_and_the_masked_new_address()
    {
        var mail = await WriteAsync("address-changed", "Ada");

        Assert.All(
            [mail.Text, WebUtility.HtmlDecode(mail.Html)],
            body =>
            {
                Assert.Contains("g•••@example.org", body, StringComparison.Ordinal);
                Assert.DoesNotContain("grace", body, StringComparison.Ordinal);
                Assert.Contains("8 March 2026, 02:05 UTC", body, StringComparison.Ordinal);
            }
        );
    }

    [Theory]
    [InlineData(
        "Firefox on <b>Linux</b>",
        "203.0.113.7",
        "When: 8 March 2026, 02:05 UTC\nDevice: Firefox on <b>Linux</b>\nNetwork address: 203.0.113.7\n"
    )]
    [InlineData("bot (+https://win.example)", "::ffff:203.0.113.7", "When: 8 March 2026, 02:05 UTC\nNetwork address: 203.0.113.7\n")]
    [InlineData(null, null, "When: 8 March 2026, 02:05 UTC\n\n")]
    public async Task The_password_changed_mail_contains_time_device_and_network(string? device, string? from, string facts)
    {
        var mail = await PasswordChangedMail.WriteAsync(Id, To("Ada"), When, device, from is null ? null : IPAddress.Parse(from), Product);

        Assert.Contains(facts, mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7.00:00:00", "7 days")]
    [InlineData("1.00:00:00", "24 hours")]
    [InlineData("01:00:00", "1 hour")]
    [InlineData("01:30:00", "90 minutes")]
    [InlineData("00:30:59", "30 minutes")]
    public void A_duration_is_formatted_in_words(string span, string words) =>
        Assert.Equal(words, EmailWording.FormatDuration(TimeSpan.Parse(span, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public async Task A_mail_logged_by_accident_reveals_no_recipient()
    {
        var mail = await WriteAsync("verify", "Ada");

        Assert.Equal($"mail {Id} a mailbox a recipient", $"{mail} {mail.To} {To("Ada")}");
    }

    private static Recipient To(string firstName) => new("ada@example.com", firstName, "Lovelace");

    private static Task<Mail> WriteAsync(string kind, string firstName) =>
        kind switch
        {
            "verify" => VerifyEmailMail.WriteAsync(Id, To(firstName), Link, TimeSpan.FromHours(24), Product),
            "reset" => ResetPasswordMail.WriteAsync(Id, To(firstName), Link, TimeSpan.FromHours(24), Product),
            "confirm-new" => ConfirmNewEmailMail.WriteAsync(Id, To(firstName), Link, TimeSpan.FromHours(24), Product),
            "address-ordered" => EmailChangeRequestedMail.WriteAsync(Id, To(firstName), "grace@example.org", When, Product),
            "address-changed" => EmailChangedMail.WriteAsync(Id, To(firstName), "grace@example.org", When, Product),
            "password-changed" => PasswordChangedMail.WriteAsync(Id, To(firstName), When, "Firefox on Linux", IPAddress.Loopback, Product),
            "factor-added" => FactorAddedMail.WriteAsync(Id, To(firstName), "totp", When, Product),
            "factor-removed" => FactorRemovedMail.WriteAsync(Id, To(firstName), "passkey", When, Product),
            "recovery-code-used" => RecoveryCodeUsedMail.WriteAsync(Id, To(firstName), 9, When, Product),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    private static List<string> TagsOf(Mail mail) => [.. Tags().Matches(mail.Html).Select(match => match.Value)];

    [GeneratedRegex("<[a-zA-Z/!][^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Hrefs();
}
