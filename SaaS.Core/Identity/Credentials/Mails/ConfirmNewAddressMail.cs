using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the address that an account is to have from now on: does it belong to the account's owner?</summary>
internal static class ConfirmNewAddressMail
{
    public static Mail Write(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new Letter(
            "Confirm your new e-mail address",
            $"Your account at {product} is to use this address.",
            [
                new Words($"Your account at {product} is to use this e-mail address from now on. It changes as soon as you confirm it."),
                new Step("Confirm new address", link),
                new Aside($"The link is valid for {Wording.Duration(validFor)}. Until then your account keeps the address that it has."),
                new Aside("If it was not you who asked for this, ignore this mail. Nothing changes."),
            ]).To(to, id, product);
}
