using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Asks a newly registered user to confirm the address.</summary>
internal static class VerifyEmailMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new EmailTemplate(
            "Confirm your e-mail address",
            $"Confirm your address to complete the registration at {product}.",
            [
                new Paragraph($"Welcome to {product}. Please confirm that this address is yours."),
                new Button("Confirm address", link),
                new Footnote($"The link is valid for {EmailWording.FormatDuration(validFor)}."),
                new Footnote(
                    "If it was not you who registered, ignore this mail, or confirm and choose a new password: then the account is yours alone."
                ),
            ]
        ).ToMailAsync(to, id, product);
}
