using System.Net;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the owner of an account whose password is another one now.</summary>
internal static class PasswordChangedMail
{
    /// <param name="device">What the client calls itself, if it does; its words are not ours and are treated so.</param>
    /// <param name="from">The network address that the change came from, if known.</param>
    public static Mail Write(Guid id, Recipient to, DateTimeOffset changedAt, string? device, IPAddress? from, string product) =>
        new EmailTemplate(
            "Your password was changed",
            $"The password of your account at {product} is a new one now.",
            [
                new Paragraph($"The password of your account at {product} was changed."),
                new KeyValueTable([.. Known(changedAt, EmailWording.Inserted(device), from)]),
                new Paragraph("If it was you, there is nothing left to do."),
                new Paragraph("If it was not you, choose a new password at once: on the page where you sign in, say that you have forgotten it. "
                    + "Change it wherever else you use the same one."),
            ]).To(to, id, product);

    private static IEnumerable<KeyValue> Known(DateTimeOffset changedAt, string? device, IPAddress? from)
    {
        yield return new KeyValue("When", EmailWording.Moment(changedAt));

        if (device is not null)
        {
            yield return new KeyValue("Device", device);
        }

        if (from is not null)
        {
            yield return new KeyValue("Network address", (from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from).ToString());
        }
    }
}
