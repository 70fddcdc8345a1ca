using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Notifies the old address of a change, so that the owner learns of a stolen account.</summary>
internal static class EmailChangedMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, string newAddress, DateTimeOffset changedAt, string product) =>
        new EmailTemplate(
            "Your e-mail address was changed",
            $"Your account at {product} no longer uses this address.",
            [
                new Paragraph($"Your account at {product} now has another e-mail address. This one is no longer used."),
                new KeyValueTable([
                    new KeyValue("New address", EmailWording.MaskAddress(newAddress)),
                    new KeyValue("When", EmailWording.FormatTime(changedAt)),
                ]),
                new Paragraph("If it was you, there is nothing left to do."),
                new Paragraph(
                    $"If it was not you, somebody else may have your account. Contact the support of {product} at once, "
                        + "and change your password wherever else you use the same one."
                ),
            ]
        ).ToMailAsync(to, id, product);
}
