using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SaaS.Core.Design;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>The content of a mail, from which both plain text and HTML are rendered so that they never differ.</summary>
/// <param name="Subject">One line without names, because lock screens show it.</param>
/// <param name="Preview">The text that a mail list shows after the subject.</param>
/// <param name="Blocks">The blocks after the greeting.</param>
public sealed record EmailTemplate(string Subject, string Preview, IReadOnlyList<EmailBlock> Blocks)
{
    // The component of a mail needs no services.
    private static readonly Pages Pages = new(new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance);

    internal async Task<Mail> ToMailAsync(Recipient to, Guid id, string product)
    {
        var greeting = EmailWording.Sanitize(to.FirstName) is { } name ? $"Hello {name}," : "Hello,";

        return new Mail(
            id,
            new Mailbox(to.Address, EmailWording.Sanitize($"{to.FirstName} {to.LastName}") ?? ""),
            Subject,
            EmailText.Render(this, greeting, product),
            await Pages.RenderAsync<Email>(
                new()
                {
                    [nameof(Email.Template)] = this,
                    [nameof(Email.Greeting)] = greeting,
                    [nameof(Email.Product)] = product,
                }
            )
        );
    }
}

/// <summary>A block of a mail.</summary>
public abstract record EmailBlock;

public sealed record Paragraph(string Text) : EmailBlock;

/// <summary>A less important paragraph.</summary>
public sealed record Footnote(string Text) : EmailBlock;

/// <summary>The main action: a button, with its plain link below for readers who cannot or do not want to press it.</summary>
public sealed record Button : EmailBlock
{
    public Button(string label, Uri link)
    {
        // Other schemes, such as javascript:, could run code.
        if (!link.IsAbsoluteUri || (link.Scheme != Uri.UriSchemeHttps && link.Scheme != Uri.UriSchemeHttp))
        {
            throw new ArgumentException("A link in a mail must be an absolute HTTP or HTTPS URL.", nameof(link));
        }

        (Label, Link) = (label, link.AbsoluteUri);
    }

    public string Label { get; }

    public string Link { get; }
}

/// <summary>Details as name-value pairs.</summary>
public sealed record KeyValueTable(IReadOnlyList<KeyValue> Rows) : EmailBlock;

public sealed record KeyValue(string Name, string Value);
