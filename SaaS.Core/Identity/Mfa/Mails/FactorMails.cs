using System.Globalization;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Mfa.Mails;

/// <summary>Notifies the owner of an account that a second factor was added.</summary>
internal static class FactorAddedMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, string kind, DateTimeOffset addedAt, string product) =>
        new EmailTemplate(
            "A second factor was added",
            $"Check that you added a second factor to your account at {product}.",
            [
                new Paragraph($"Your account at {product} has a new second factor. Signing in asks for it from now on."),
                FactorMails.CreateTable(kind, addedAt),
                new Paragraph("If it was you, keep your recovery codes in a safe place. There is nothing else left to do."),
                FactorMails.IfNotYou,
            ]
        ).ToMailAsync(to, id, product);
}

/// <summary>Notifies the owner of an account that a second factor was removed.</summary>
internal static class FactorRemovedMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, string kind, DateTimeOffset removedAt, string product) =>
        new EmailTemplate(
            "A second factor was removed",
            $"Check that you removed a second factor from your account at {product}.",
            [
                new Paragraph($"A second factor was removed from your account at {product}."),
                FactorMails.CreateTable(kind, removedAt),
                new Paragraph("If it was you, there is nothing left to do."),
                FactorMails.IfNotYou,
            ]
        ).ToMailAsync(to, id, product);
}

/// <summary>Notifies the owner of an account that a recovery code was used.</summary>
internal static class RecoveryCodeUsedMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, int left, DateTimeOffset usedAt, string product) =>
        new EmailTemplate(
            "A recovery code was used",
            $"Check that you used a recovery code of your account at {product}.",
            [
                new Paragraph($"A recovery code of your account at {product} was used in place of the second factor."),
                new KeyValueTable([
                    new KeyValue("When", EmailWording.FormatTime(usedAt)),
                    new KeyValue("Codes left", left.ToString(CultureInfo.InvariantCulture)),
                ]),
                new Paragraph("If it was you, create new recovery codes before the last one is used."),
                FactorMails.IfNotYou,
            ]
        ).ToMailAsync(to, id, product);
}

/// <summary>Texts of mails about second factors.</summary>
internal static class FactorMails
{
    public static Paragraph IfNotYou { get; } =
        new(
            "If it was not you, somebody else knows your password. Choose a new one at once: use the forgotten-password link on the "
                + "sign-in page. Then check the second factors of your account."
        );

    public static KeyValueTable CreateTable(string kind, DateTimeOffset changedAt) =>
        new([
            new KeyValue("Second factor", kind is "passkey" ? "Passkey" : "Authenticator app"),
            new KeyValue("When", EmailWording.FormatTime(changedAt)),
        ]);
}
