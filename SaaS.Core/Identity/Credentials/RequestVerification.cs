using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Sends the verification mail after a registration, and again on request.</summary>
internal static class RequestVerification
{
    private static readonly Problem AlreadyVerified = new(
        ProblemKind.Conflict,
        "EMAIL_ALREADY_VERIFIED",
        "This e-mail address is verified already"
    );

    internal static void Map(RouteGroupBuilder users) => users.MapPost("/me/email/verification", Handle).ProducesProblem(AlreadyVerified);

    /// <summary>Sends the verification link for the current user's e-mail address again.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        MailedLinks links,
        CancellationToken ct
    )
    {
        var user = await db.Users.AsNoTracking().SingleAsync(candidate => candidate.Id == currentUser.UserId, ct);
        if (user.EmailVerifiedAt is not null)
        {
            return AlreadyVerified.ToHttp();
        }

        links.Create(db, LinkPurpose.VerifyEmail, (user.Id, user.SecurityStamp), user.Email);
        await db.SaveChangesAsync(ct);
        return SuccessResponse.Ok("A mail with a link is on its way");
    }

    /// <summary>Sends the first verification link.</summary>
    internal sealed class AfterRegistration(MailedLinks links) : PlatformEventConsumer<UserRegistered>
    {
        public const string Name = "request-verification";

        public override async Task ConsumeAsync(UserRegistered fact, ControlDbContext db, CancellationToken ct)
        {
            if (await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == fact.UserId, ct) is { EmailVerifiedAt: null } user)
            {
                links.Create(db, LinkPurpose.VerifyEmail, (user.Id, user.SecurityStamp), user.Email);
            }
        }
    }
}
