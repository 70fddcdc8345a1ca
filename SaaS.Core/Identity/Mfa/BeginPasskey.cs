using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Factors;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Mfa;

/// <summary>Options for a call of the browser's WebAuthn API.</summary>
/// <param name="Options">For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.</param>
public sealed record PasskeyCeremony(JsonElement Options);

internal static class BeginPasskey
{
    internal static void Map(RouteGroupBuilder factors) =>
        factors.MapPost("/passkeys/options", Handle).RequireRecentProof().ProducesProblem(FactorProblems.TooManyPasskeys);

    /// <summary>Begins the registration of a passkey.</summary>
    /// <remarks>The response of the browser is sent to `POST /api/users/me/factors/passkeys` within five minutes.</remarks>
    internal static async Task<Results<Ok<ApiResponse<PasskeyCeremony>>, ProblemResult>> Handle(
        CurrentUser currentUser,
        ControlDbContext db,
        Passkeys passkeys,
        CancellationToken ct
    ) =>
        await AddPasskey.HasMaxAsync(db, currentUser, ct)
            ? FactorProblems.TooManyPasskeys.ToHttp()
            : ApiResponse.Ok(
                new PasskeyCeremony(
                    await passkeys.BeginRegistrationAsync(
                        await db.Users.AsNoTracking().SingleAsync(user => user.Id == currentUser.UserId, ct),
                        ct
                    )
                ),
                "Create the passkey in the browser"
            );
}
