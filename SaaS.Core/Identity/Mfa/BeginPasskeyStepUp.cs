using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;

namespace SaaS.Core.Identity.Mfa;

internal static class BeginPasskeyStepUp
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/step-up/passkey/options", Handle).AllowTenantBoundSession().RequireRateLimiting(RateLimitClass.SignIn);

    /// <summary>Begins a step-up with a passkey.</summary>
    /// <remarks>The response of the browser is the `credential` of `POST /api/auth/step-up`.</remarks>
    internal static async Task<Ok<ApiResponse<PasskeyCeremony>>> Handle(CurrentUser currentUser, Passkeys passkeys, CancellationToken ct) =>
        ApiResponse.Ok(
            new PasskeyCeremony(await passkeys.BeginAssertionAsync(PasskeyPurpose.StepUp, currentUser.UserId, ct)),
            "Sign with the passkey in the browser"
        );
}
