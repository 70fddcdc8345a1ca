using System.Globalization;
using MimeKit;
using MimeKit.Text;

namespace SaaS.Infrastructure.Mail;

/// <summary>Builds MIME messages.</summary>
internal static class MimeEmail
{
    /// <exception cref="MailRejectedException">The address is invalid.</exception>
    public static MimeMessage Create(Mail mail, Mailbox sender, DateTimeOffset now)
    {
        if (!IsAddress(mail.To.Address))
        {
            throw new MailRejectedException("The recipient is not a valid e-mail address.");
        }

        var from = AddressOf(sender);
        var message = new MimeMessage
        {
            MessageId = $"{mail.Id:N}@{from.GetAddress(idnEncode: true).Split('@')[^1]}",
            Date = now,
            Subject = OneLine(mail.Subject),
            From = { from },
            To = { AddressOf(mail.To) },
            Body = new MultipartAlternative
            {
                // In ascending order of preference: mail programs show the last part that they support.
                new TextPart(TextFormat.Plain) { Text = mail.Text },
                new TextPart(TextFormat.Html) { Text = mail.Html },
            },
        };

        // RFC 3834: prevents automatic replies.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return message;
    }

    /// <summary>
    /// Accepts exactly one bare address: no line break, no second address, no display name, so that nothing can be injected into a header.
    /// </summary>
    public static bool IsAddress(string text) =>
        !text.Any(character =>
            IsBreak(character) || char.IsWhiteSpace(character) || character is '"' or '(' or ')' or '<' or '>' or ',' or ';'
        )
        && MailboxAddress.TryParse(text, out var parsed)
        && text.StartsWith($"{parsed.LocalPart}@", StringComparison.Ordinal) // the domain may be written differently: xn--…
        && parsed.Domain is { Length: > 0 };

    private static MailboxAddress AddressOf(Mailbox mailbox) => new(OneLine(mailbox.Name), mailbox.Address);

    // Prevents header injection through line breaks.
    private static string OneLine(string text) => string.Concat(text.Select(character => IsBreak(character) ? ' ' : character)).Trim();

    private static bool IsBreak(char character) =>
        char.IsControl(character)
        || char.GetUnicodeCategory(character) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
