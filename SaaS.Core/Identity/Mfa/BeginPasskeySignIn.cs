using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;

namespace SaaS.Core.Identity.Mfa;

internal static class BeginPasskeySignIn
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/passkey/options", Handle).AllowAnonymous().RequireRateLimiting(RateLimitClass.SignIn);

    /// <summary>Begins a sign-in with a passkey, without user name.</summary>
    /// <remarks>The response of the browser is sent to `POST /api/auth/passkey` within five minutes.</remarks>
    internal static async Task<Ok<ApiResponse<PasskeyCeremony>>> Handle(Passkeys passkeys, CancellationToken ct) =>
        ApiResponse.Ok(
            new PasskeyCeremony(await passkeys.BeginAssertionAsync(PasskeyPurpose.SignIn, userId: null, ct)),
            "Sign with the passkey in the browser"
        );
}
