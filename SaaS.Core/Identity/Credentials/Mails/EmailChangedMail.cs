using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the address that an account had until now: the last chance for its owner to hear of a theft.</summary>
internal static class EmailChangedMail
{
    public static Mail Write(Guid id, Recipient to, string newAddress, DateTimeOffset changedAt, string product) =>
        new EmailTemplate(
            "Your e-mail address was changed",
            $"Your account at {product} no longer uses this address.",
            [
                new Paragraph($"Your account at {product} now has another e-mail address. This one is no longer used."),
                new KeyValueTable([new KeyValue("New address", EmailWording.Masked(newAddress)), new KeyValue("When", EmailWording.Moment(changedAt))]),
                new Paragraph("If it was you, there is nothing left to do."),
                new Paragraph($"If it was not you, somebody else may have your account. Tell the people behind {product} at once, "
                    + "and change your password wherever else you use the same one."),
            ]).To(to, id, product);
}
