using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Identity.Mfa;

/// <summary>A sign-in with a passkey.</summary>
/// <param name="Credential">The browser's response in JSON: `PublicKeyCredential.toJSON()`.</param>
public sealed record SignInWithPasskeyRequest(JsonElement Credential);

internal static class SignInWithPasskey
{
    internal static void Map(RouteGroupBuilder auth) =>
        auth.MapPost("/passkey", Handle)
            .AllowAnonymous()
            .RequireRateLimiting(RateLimitClass.SignIn)
            .ProducesProblem(HttpProblems.BadRequest, Passkeys.Rejected, VerifyPassword.AccountInactive, TenantRoutes.SsoRequired);

    /// <summary>Signs in with a passkey, without user name and password.</summary>
    /// <remarks>
    /// The authenticator must verify its user. The response is that of `POST /api/auth/login`. A user whose tenants all require single
    /// sign-on must sign in through one of them.
    /// </remarks>
    internal static async Task<Results<Ok<SignedIn>, ProblemResult>> Handle(
        SignInWithPasskeyRequest request,
        ClientDevice device,
        CompletePasskeySignIn complete,
        OpenSession open,
        CancellationToken ct
    ) =>
        !(await complete.SignInAsync(request.Credential, ct)).TryGetValue(out var proof, out var refusal)
            ? refusal.ToHttp()
            : TypedResults.Ok(await open.RunAsync(proof, device, "Login successful", ct));
}
