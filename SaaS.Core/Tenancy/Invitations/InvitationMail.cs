using SaaS.Core.Access;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Infrastructure.Mail;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The sender of an invitation.</summary>
/// <param name="Tenant">The name of the tenant.</param>
/// <param name="Admin">The name of the admin.</param>
internal sealed record InvitationSender(string Tenant, string Admin);

/// <summary>Invites a person, who may have no account, to a tenant.</summary>
internal static class InvitationMail
{
    public static Task<Mail> WriteAsync(
        Guid id,
        Recipient to,
        Uri link,
        Invitation invitation,
        InvitationSender sender,
        TimeSpan validFor,
        string product
    )
    {
        // Names are written by users: a name that looks like a link is not shown, because it would make our mail a lure.
        var tenant = EmailWording.Sanitize(sender.Tenant) is { } name ? $"“{name}”" : "their organization";
        var admin = EmailWording.Sanitize(sender.Admin) ?? "An administrator";
        return new EmailTemplate(
            "You have been invited",
            $"{admin} invites you to {tenant} at {product}.",
            [
                new Paragraph($"{admin} invites you to join {tenant} at {product} as {Describe(invitation.Role)}."),
                .. EmailWording
                    .SplitLines(invitation.Message ?? "")
                    .Select(line => EmailWording.Sanitize(line, Invitation.MessageMaxLength))
                    .OfType<string>()
                    .Select(line => new Paragraph($"“{line}”")),
                new Button("Answer the invitation", link),
                new Footnote($"The invitation is valid for {EmailWording.FormatDuration(validFor)}, and for this address only."),
                new Footnote($"If you do not know {admin}, ignore this mail: nothing happens without your answer."),
            ]
        ).ToMailAsync(to, id, product);
    }

    private static string Describe(TenantRole role) =>
        role switch
        {
            TenantRole.Viewer => "a viewer",
            TenantRole.User => "a user",
            TenantRole.Admin => "an administrator",
        };
}
