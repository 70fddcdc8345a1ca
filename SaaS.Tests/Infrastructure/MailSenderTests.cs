using MimeKit;
using SaaS.Infrastructure.Mail;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the contract of a mail sender, whatever the delivery. The tests of each sender derive from this class.</summary>
public abstract class MailSenderTests
{
    protected static readonly Guid Id = Guid.Parse("01890a5d-ac96-774b-bcce-b302099a8057");

    // A name and a subject in which each character needs care in a header: accents, quotes, a comma, another script, an emoji.
    private const string Name = "Zoë \"Ø\" O'Néill, 田中 🦊";
    private const string Subject = "Žluťoučký kůň: 「確認」 \"100 %\" 🦊";

    internal static Mailbox From { get; } = new("no-reply@saas.example", "Prüfstand");

    protected static Mail Letter { get; } =
        new(
            Id,
            new Mailbox("zoe@example.com", Name),
            Subject,
            "Hello Zoë,\n\nthis is the text. 🦊\n.\nAfter a line that would end an SMTP message.\n",
            "<p>Hello <b>Zoë</b>, 🦊</p>"
        );

    internal abstract MailSender Sender { get; }

    /// <summary>The emails that have arrived, oldest first.</summary>
    protected abstract IReadOnlyList<MimeMessage> Arrived();

    [Fact]
    public async Task A_mail_arrives_with_text_and_HTML_bodies()
    {
        await Sender.SendAsync(Letter, CancellationToken.None);

        var mail = Assert.Single(Arrived());
        var bodies = Assert.IsType<MultipartAlternative>(mail.Body);
        Assert.Equal(["text/plain", "text/html"], bodies.Select(body => body.ContentType.MimeType));
        Assert.Equal(Letter.Text, mail.TextBody?.ReplaceLineEndings("\n"));
        Assert.Equal(Letter.Html, mail.HtmlBody?.ReplaceLineEndings("\n").TrimEnd('\n'));
        Assert.Equal("auto-generated", mail.Headers[HeaderId.AutoSubmitted]);
    }

    [Fact]
    public async Task Names_and_subjects_of_every_script_arrive_unchanged()
    {
        await Sender.SendAsync(Letter, CancellationToken.None);

        var mail = Assert.Single(Arrived());
        Assert.Equal(Subject, mail.Subject);
        Assert.Equal((Name, "zoe@example.com"), Only(mail.To));
        Assert.Equal(("Prüfstand", "no-reply@saas.example"), Only(mail.From));
    }

    [Fact]
    public async Task A_mail_that_is_sent_again_has_the_same_message_id()
    {
        await Sender.SendAsync(Letter, CancellationToken.None);
        var first = Arrived()[^1].MessageId;
        await Sender.SendAsync(Letter, CancellationToken.None);

        Assert.Equal($"{Id:N}@saas.example", first);
        Assert.Equal(first, Arrived()[^1].MessageId);
    }

    [Theory]
    [InlineData("\r\nBcc: victim@example.com")]
    [InlineData("\nBcc: victim@example.com")]
    [InlineData("\rBcc: victim@example.com")]
    [InlineData("\r\n\r\n<p>another body</p>")]
    [InlineData("\u0085Bcc: victim@example.com")]
    [InlineData("\u2028Bcc: victim@example.com")]
    [InlineData("\0Bcc: victim@example.com")]
    public async Task A_line_break_in_a_name_or_subject_injects_no_header(string attack)
    {
        await Sender.SendAsync(
            Letter with
            {
                Subject = $"Hello{attack}",
                To = Letter.To with { Name = $"Zoë{attack}" },
            },
            CancellationToken.None
        );

        var mail = Assert.Single(Arrived());
        Assert.Empty(mail.Bcc);
        Assert.Equal(["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-Id", "Subject", "To"], HeadersOf(mail));
        Assert.Equal("zoe@example.com", Only(mail.To).Address);
        Assert.DoesNotContain($"{mail.Subject}{Only(mail.To).Name}", character => char.IsControl(character) || character is '\u2028');
        Assert.Equal(Letter.Text, mail.TextBody?.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("zoe@xn--bcher-kva.example", "zoe@bücher.example")]
    [InlineData("zoe@bücher.example", "zoe@bücher.example")]
    [InlineData("zoë@bücher.example", "zoë@bücher.example")]
    [InlineData("o'neill+saas@mail.example.co.uk", "o'neill+saas@mail.example.co.uk")]
    public async Task A_mail_to_an_address_of_any_script_arrives(string address, string arrived)
    {
        await Sender.SendAsync(Letter with { To = Letter.To with { Address = address } }, CancellationToken.None);

        Assert.Equal(arrived, Only(Assert.Single(Arrived()).To).Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("@example.com")]
    [InlineData("zoe@")]
    [InlineData("zoe@example.com\r\nBcc: victim@example.com")]
    [InlineData("zoe@example.com>\r\nRCPT TO:<victim@example.com")]
    [InlineData("zoe@example.com,victim@example.com")]
    [InlineData("zoe@example.com;victim@example.com")]
    [InlineData("zoe@example.com victim@example.com")]
    [InlineData("Victim <victim@example.com>")]
    [InlineData("<@relay.example:victim@example.com>")]
    [InlineData("\"a\r\nb\"@example.com")]
    [InlineData("friends: zoe@example.com, victim@example.com;")]
    public async Task A_recipient_that_is_not_a_single_address_is_rejected_permanently(string address)
    {
        var refused = await Assert.ThrowsAsync<MailRejectedException>(() =>
            Sender.SendAsync(Letter with { To = Letter.To with { Address = address } }, CancellationToken.None)
        );

        Assert.DoesNotContain("example", refused.ToString(), StringComparison.Ordinal);
        Assert.Empty(Arrived());
    }

    [Fact]
    public async Task A_cancelled_send_throws_and_sends_nothing()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sender.SendAsync(Letter, given.Token));

        Assert.Empty(Arrived());
    }

    private static (string? Name, string Address) Only(InternetAddressList list)
    {
        var mailbox = Assert.IsType<MailboxAddress>(Assert.Single(list));
        return (mailbox.Name, mailbox.Address);
    }

    // Excludes the headers that a server adds to an email in transit.
    private static IEnumerable<string> HeadersOf(MimeMessage mail) =>
        mail
            .Headers.Concat(mail.Body!.Headers)
            .Select(header => header.Field)
            .Where(field => field is not ("Received" or "Return-Path"))
            .Distinct()
            .Order(StringComparer.Ordinal);
}
