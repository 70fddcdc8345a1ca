using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Sends the link to set a new password.</summary>
internal static class ResetPasswordMail
{
    public static Task<Mail> WriteAsync(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new EmailTemplate(
            "Choose a new password",
            $"Somebody asked for a new password for your account at {product}.",
            [
                new Paragraph($"Somebody, hopefully you, asked for a new password for your account at {product}."),
                new Button("Choose a new password", link),
                new Footnote(
                    $"The link is valid for {EmailWording.FormatDuration(validFor)}. Do not share it: with it, anyone can set a new password."
                ),
                new Footnote("If it was not you, ignore this mail. Your password stays as it is."),
            ]
        ).ToMailAsync(to, id, product);
}
