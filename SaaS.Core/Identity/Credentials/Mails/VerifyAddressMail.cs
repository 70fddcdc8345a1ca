using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To who has registered: is this address yours?</summary>
internal static class VerifyAddressMail
{
    public static Mail Write(Guid id, Recipient to, Uri link, TimeSpan validFor, string product) =>
        new Letter(
            "Confirm your e-mail address",
            $"One step is left for your account at {product}.",
            [
                new Words($"Welcome to {product}. Please confirm that this address is yours."),
                new Step("Confirm address", link),
                new Aside($"The link is valid for {Wording.Duration(validFor)}."),
                new Aside("If it was not you who registered, ignore this mail, or confirm and choose a new password: then the account is yours alone."),
            ]).To(to, id, product);
}
