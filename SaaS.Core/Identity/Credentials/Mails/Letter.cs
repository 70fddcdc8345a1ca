using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>What a mail says, in plain words; text and HTML are two ways of setting it, so that they never say different things.</summary>
/// <param name="Subject">One line, without names: it is shown on locked screens.</param>
/// <param name="Preview">What a list of mails shows after the subject.</param>
/// <param name="Passages">What follows the greeting.</param>
internal sealed record Letter(string Subject, string Preview, IReadOnlyList<Passage> Passages)
{
    public Mail To(Recipient to, Guid id, string product)
    {
        var greeting = Wording.Inserted(to.FirstName) is { } name ? $"Hello {name}," : "Hello,";

        return new Mail(
            id,
            new Mailbox(to.Address, Wording.Inserted($"{to.FirstName} {to.LastName}") ?? ""),
            Subject,
            LetterText.Set(this, greeting, product),
            LetterHtml.Set(this, greeting, product));
    }
}

/// <summary>A piece of a letter.</summary>
internal abstract record Passage;

/// <summary>A paragraph.</summary>
internal sealed record Words(string Text) : Passage;

/// <summary>A paragraph that matters less than the rest.</summary>
internal sealed record Aside(string Text) : Passage;

/// <summary>The one thing to do: a button, with its link bare below it for who cannot or will not press it.</summary>
internal sealed record Step : Passage
{
    public Step(string label, Uri link)
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
internal sealed record Facts(IReadOnlyList<Fact> Points) : Passage;

internal sealed record Fact(string Name, string Value);
