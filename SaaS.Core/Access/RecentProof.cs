using Microsoft.AspNetCore.Builder;
using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>Endpoint metadata: requires that the user was authenticated in this session recently.</summary>
/// <param name="AcceptsPassword">True when the request has the current password, which is the proof of an account without a second
/// factor.</param>
internal sealed record RequiredRecentProof(bool AcceptsPassword);

internal static class RecentProof
{
    public static readonly Problem StepUpRequired = new(
        ProblemKind.Forbidden,
        "STEP_UP_REQUIRED",
        "Your sign-in is too old for this: prove it again with one of the methods in details, at POST /api/auth/step-up"
    );

    /// <summary>Requires a recent sign-in or step-up, because a lost device must not allow the action.</summary>
    /// <param name="acceptsPassword">True when the request has the current password.</param>
    public static RouteHandlerBuilder RequireRecentProof(this RouteHandlerBuilder route, bool acceptsPassword = false) =>
        route.WithMetadata(new RequiredRecentProof(acceptsPassword)).ProducesProblem(StepUpRequired);
}
