using System.ComponentModel.DataAnnotations;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The personal text of an invitation: several lines, without invisible characters.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class MessageAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } =
        new()
        {
            MaxLength = Invitation.MessageMaxLength,
            Pattern = $@"^(?:\r?\n|[^{UnicodeText.RejectedCharacters}])*$",
            PatternExpected = "Must be lines of visible text.",
        };
}

/// <summary>E-mail addresses.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class EmailsAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Items = new EmailAttribute().Rule };

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is IEnumerable<string> addresses && addresses.Any(address => address is not null && !EmailAddress.TryParse(address, out _))
            ? new ValidationResult("Must be e-mail addresses, such as ada@example.com.")
            : ValidationResult.Success;
}

/// <summary>The invitation that a person answers: by the token of the mail, or by the id in their own list.</summary>
/// <param name="Token">The part of the link after #; omit it to give the id.</param>
/// <param name="InvitationId">The id of an invitation in `GET /api/users/me/invitations`; omit it to give the token.</param>
public sealed record AnswerInvitationRequest([MaxLength(InvitationLinks.TokenMaxLength)] string? Token, Guid? InvitationId);
