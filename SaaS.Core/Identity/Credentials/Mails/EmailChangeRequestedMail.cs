using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Notifies the current address of a requested change, which the owner can still prevent.</summary>
internal static class EmailChangeRequestedMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, string newAddress, DateTimeOffset orderedAt, string product) =>
        new EmailTemplate(
            "Another e-mail address was requested",
            $"Somebody asked to change the e-mail address of your account at {product}.",
            [
                new Paragraph(
                    $"Somebody who knows your password asked to change the e-mail address of your account at {product}. The change takes effect when the new address is confirmed."
                ),
                new KeyValueTable([
                    new KeyValue("New address", EmailWording.MaskAddress(newAddress)),
                    new KeyValue("When", EmailWording.FormatTime(orderedAt)),
                ]),
                new Paragraph("If it was you, there is nothing left to do here."),
                new Paragraph(
                    "If it was not you, choose a new password at once: use the forgotten-password link on the sign-in page. "
                        + "That cancels the request and ends all sessions."
                ),
            ]
        ).ToMailAsync(to, id, product);
}
