using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the address of an account that is to have another one: its owner can still prevent it.</summary>
internal static class EmailChangeRequestedMail
{
    public static Mail Write(Guid id, Recipient to, string newAddress, DateTimeOffset orderedAt, string product) =>
        new EmailTemplate(
            "Another e-mail address was requested",
            $"Your account at {product} is to have another e-mail address.",
            [
                new Paragraph($"Somebody who knows your password asked for another e-mail address for your account at {product}. It changes when the new address is confirmed."),
                new KeyValueTable([new KeyValue("New address", EmailWording.Masked(newAddress)), new KeyValue("When", EmailWording.Moment(orderedAt))]),
                new Paragraph("If it was you, there is nothing left to do here."),
                new Paragraph("If it was not you, choose a new password at once: on the page where you sign in, say that you have forgotten it. "
                    + "That withdraws the request and signs everybody else out."),
            ]).To(to, id, product);
}
