using System.Net;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Notifies the owner of an account that its password was changed.</summary>
internal static class PasswordChangedMail
{
    /// <param name="device">The client's own name, which is untrusted; null when unknown.</param>
    /// <param name="from">The network address of the change; null when unknown.</param>
    public static Task<Mail> WriteAsync(Guid id, Recipient to, DateTimeOffset changedAt, string? device, IPAddress? from, string product) =>
        new EmailTemplate(
            "Your password was changed",
            $"Check that you changed the password of your account at {product}.",
            [
                new Paragraph($"The password of your account at {product} was changed."),
                new KeyValueTable([.. CreateRows(changedAt, EmailWording.Sanitize(device), from)]),
                new Paragraph("If it was you, there is nothing left to do."),
                new Paragraph(
                    "If it was not you, choose a new password at once: use the forgotten-password link on the sign-in page. "
                        + "Change it wherever else you use the same one."
                ),
            ]
        ).ToMailAsync(to, id, product);

    private static IEnumerable<KeyValue> CreateRows(DateTimeOffset changedAt, string? device, IPAddress? from)
    {
        yield return new KeyValue("When", EmailWording.FormatTime(changedAt));

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
