using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>To the address that an account had until now: the last chance for its owner to hear of a theft.</summary>
internal static class AddressChangedMail
{
    public static Mail Write(Guid id, Recipient to, string newAddress, DateTimeOffset changedAt, string product) =>
        new Letter(
            "Your e-mail address was changed",
            $"Your account at {product} no longer uses this address.",
            [
                new Words($"Your account at {product} now has another e-mail address. This one is no longer used."),
                new Facts([new Fact("New address", Wording.Masked(newAddress)), new Fact("When", Wording.Moment(changedAt))]),
                new Words("If it was you, there is nothing left to do."),
                new Words($"If it was not you, somebody else may have your account. Tell the people behind {product} at once, "
                    + "and change your password wherever else you use the same one."),
            ]).To(to, id, product);
}
