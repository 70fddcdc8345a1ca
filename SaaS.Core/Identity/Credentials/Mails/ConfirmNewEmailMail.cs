using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the address that an account is to have from now on: does it belong to the account's owner?</summary>
internal static class ConfirmNewEmailMail
{
    public static Mail Write(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new EmailTemplate(
            "Confirm your new e-mail address",
            $"Your account at {product} is to use this address.",
            [
                new Paragraph($"Your account at {product} is to use this e-mail address from now on. It changes as soon as you confirm it."),
                new Button("Confirm new address", link),
                new Footnote($"The link is valid for {EmailWording.Duration(validFor)}. Until then your account keeps the address that it has."),
                new Footnote("If it was not you who asked for this, ignore this mail. Nothing changes."),
            ]).To(to, id, product);
}
