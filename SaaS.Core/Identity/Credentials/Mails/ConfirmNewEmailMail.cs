using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Asks the new address of an account for confirmation.</summary>
internal static class ConfirmNewEmailMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new EmailTemplate(
            "Confirm your new e-mail address",
            $"Confirm this address for your account at {product}.",
            [
                new Paragraph(
                    $"This e-mail address was requested for your account at {product}. The change takes effect when you confirm it."
                ),
                new Button("Confirm new address", link),
                new Footnote(
                    $"The link is valid for {EmailWording.FormatDuration(validFor)}. Until then your account keeps its current address."
                ),
                new Footnote("If it was not you who asked for this, ignore this mail. Nothing changes."),
            ]
        ).ToMailAsync(to, id, product);
}
