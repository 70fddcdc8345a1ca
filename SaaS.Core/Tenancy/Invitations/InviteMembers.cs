using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>The addresses to invite. All of them are invited, or none.</summary>
/// <param name="Email">One address; omit it to give several.</param>
/// <param name="Emails">1 to 50 different addresses; omit it to give one.</param>
/// <param name="Role">The role of the future members: admin, user or viewer.</param>
/// <param name="Message">A personal text for the mail, of at most 500 characters and without links.</param>
public sealed record InviteMembersRequest(
    [Email] string? Email,
    [MinLength(1), MaxLength(InviteMembersRequest.MaxAddresses), NoNulls, Emails] IReadOnlyList<string>? Emails,
    [Required] TenantRole? Role,
    [Message] string? Message = null
)
{
    internal const int MaxAddresses = 50;
}

/// <summary>The new invitations.</summary>
/// <param name="Invitations">One for each address.</param>
public sealed record InvitationsCreated(IReadOnlyList<InvitationView> Invitations);

internal static class InviteMembers
{
    private static readonly Problem EmailOrEmails = Problem.ForField("email", "Give either email or emails.");
    private static readonly Problem DifferentAddresses = Problem.ForField("emails", "Must not contain an address twice.");

    internal static void Map(RouteGroupBuilder tenant) =>
        tenant
            .MapPost("/invitations", Handle)
            .Idempotent<InviteMembersRequest>()
            .RequireTenantRole(TenantRole.Admin)
            .ProducesProblem(TenantProblems.AlreadyMember, Invitations.Exists, Invitations.TooMany);

    /// <summary>Invites people to the tenant by mail.</summary>
    /// <remarks>
    /// Nothing tells whether an address has an account. The person accepts with an account of that address, or registers one by the
    /// invitation. Invitations count against the members of the tenant only when they are accepted.
    /// </remarks>
    internal static async Task<Results<Created<ApiResponse<InvitationsCreated>>, ProblemResult>> Handle(
        InviteMembersRequest request,
        TenantScope scope,
        ControlDbContext db,
        Invitations invitations,
        IdempotencyContext idempotency,
        CancellationToken ct
    )
    {
        if (request.Email is null == request.Emails is null)
        {
            return EmailOrEmails.ToHttp();
        }

        if (Invitations.CheckMessage(request.Message) is { } fault)
        {
            return fault.ToHttp();
        }

        var addresses = (request.Emails ?? [request.Email!]).Select(EmailAddress.Parse).ToList();
        if (addresses.Distinct().Count() < addresses.Count)
        {
            return DifferentAddresses.ToHttp();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockMembersAsync(scope.TenantId, ct);
        var outcome = await invitations.AddAsync(scope, addresses, request.Role!.Value, request.Message, ct);
        if (!outcome.TryGetValue(out var added, out var problem))
        {
            return problem.ToHttp();
        }

        var response = idempotency.StoreResponse(
            db,
            ApiResponse.Created(
                $"/api/tenants/{scope.TenantId}/invitations",
                new InvitationsCreated([.. added.Select(InvitationView.From)]),
                added.Count == 1 ? "Invitation sent" : "Invitations sent"
            )
        );
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return response;
    }
}
