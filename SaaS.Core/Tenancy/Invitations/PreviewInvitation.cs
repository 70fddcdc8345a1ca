using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The token of an invitation.</summary>
/// <param name="Token">The part of the link after #.</param>
public sealed record PreviewInvitationRequest([Required, MaxLength(InvitationLinks.TokenMaxLength)] string Token);

/// <summary>An invitation as the invited person sees it.</summary>
/// <param name="TenantName">The name of the tenant.</param>
/// <param name="Email">The invited address.</param>
/// <param name="Role">The role of the future member: admin, user or viewer.</param>
/// <param name="InvitedBy">The name of the admin who sent it.</param>
/// <param name="Message">The admin's text; null when there is none.</param>
/// <param name="ExpiresAt">The time until which it can be accepted (UTC).</param>
public sealed record InvitationPreview(
    string TenantName,
    string Email,
    TenantRole Role,
    string InvitedBy,
    string? Message,
    DateTimeOffset ExpiresAt
);

internal static class PreviewInvitation
{
    internal static void Map(RouteGroupBuilder routes) =>
        routes
            .MapPost("/preview", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(InvitationLinks.Invalid);

    /// <summary>Shows the invitation of a token, before it is answered.</summary>
    /// <remarks>Requires no account, and does not tell whether the address has one. Changes nothing.</remarks>
    internal static async Task<Results<Ok<ApiResponse<InvitationPreview>>, ProblemResult>> Handle(
        PreviewInvitationRequest request,
        ControlDbContext db,
        Invitations invitations,
        InvitationLinks links,
        CancellationToken ct
    ) =>
        await links.ValidateTokenAsync(request.Token, ct) is { } id
        && await invitations
            .QueryValid()
            .Where(invitation => invitation.Id == id)
            .Join(
                db.Set<Tenant>(),
                invitation => invitation.TenantId,
                tenant => tenant.Id,
                (invitation, tenant) => new { invitation, tenant }
            )
            .Join(
                db.Set<User>(),
                one => one.invitation.InvitedBy,
                sender => sender.Id,
                (one, sender) =>
                    new InvitationPreview(
                        one.tenant.Name,
                        (string)one.invitation.Email,
                        one.invitation.Role,
                        sender.FirstName + " " + sender.LastName,
                        one.invitation.Message,
                        one.invitation.ExpiresAt
                    )
            )
            .SingleOrDefaultAsync(ct)
            is { } preview
            ? ApiResponse.Ok(preview, "Invitation retrieved")
            : InvitationLinks.Invalid.ToHttp();
}
