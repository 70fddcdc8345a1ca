using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>What a mail says, in plain words; text and HTML are two ways of setting it, so that they never say different things.</summary>
/// <param name="Subject">One line, without names: it is shown on locked screens.</param>
/// <param name="Preview">What a list of mails shows after the subject.</param>
/// <param name="Passages">What follows the greeting.</param>
internal sealed record EmailTemplate(string Subject, string Preview, IReadOnlyList<EmailBlock> Passages)
{
    public Mail To(Recipient to, Guid id, string product)
    {
        var greeting = EmailWording.Inserted(to.FirstName) is { } name ? $"Hello {name}," : "Hello,";

        return new Mail(
            id,
            new Mailbox(to.Address, EmailWording.Inserted($"{to.FirstName} {to.LastName}") ?? ""),
            Subject,
            EmailText.Set(this, greeting, product),
            EmailHtml.Set(this, greeting, product));
    }
}

/// <summary>A piece of a letter.</summary>
internal abstract record EmailBlock;

/// <summary>A paragraph.</summary>
internal sealed record Paragraph(string Text) : EmailBlock;

/// <summary>A paragraph that matters less than the rest.</summary>
internal sealed record Footnote(string Text) : EmailBlock;

/// <summary>The one thing to do: a button, with its link bare below it for who cannot or will not press it.</summary>
internal sealed record Button : EmailBlock
{
    public Button(string label, Uri link)
    {
        // Whatever is not the web would be a link that runs something.
        if (!link.IsAbsoluteUri || (link.Scheme != Uri.UriSchemeHttps && link.Scheme != Uri.UriSchemeHttp))
        {
            throw new ArgumentException("A link in a mail must be an absolute address of the web.", nameof(link));
        }

        (Label, Link) = (label, link.AbsoluteUri);
    }

    public string Label { get; }

    public string Link { get; }
}

/// <summary>What happened, point by point.</summary>
internal sealed record KeyValueTable(IReadOnlyList<KeyValue> Points) : EmailBlock;

internal sealed record KeyValue(string Name, string Value);
