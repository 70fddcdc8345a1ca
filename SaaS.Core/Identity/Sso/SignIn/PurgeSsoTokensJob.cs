using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Removes tokens of the provider that nothing can be done with any more, sign-ins that were never finished, and what happened long ago.</summary>
internal sealed class PurgeSsoTokensJob(ControlDbContext db, IOptions<SsoOptions> options, TimeProvider clock) : Job
{
    public const string Name = "purge-sso-tokens";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var tokens = await SsoIdentity.ForgetTokensAsync(
            db.SsoIdentities.Where(identity => (identity.SealedAccessToken != null && identity.SealedRefreshToken == null && identity.TokenExpiresAt <= now) || identity.RefreshTokenExpiresAt <= now),
            ct);
        var unfinished = now - options.Value.FlowLifetime; // its codes are good for as long again
        var flows = await db.SsoFlows.Where(flow => flow.ExpiresAt <= unfinished).ExecuteDeleteAsync(ct);
        var oldest = now - options.Value.KeepActivity;
        var activities = await db.SsoActivities.Where(activity => activity.OccurredAt <= oldest).ExecuteDeleteAsync(ct);
        return $"{tokens} people's tokens, {flows} sign-ins and {activities} old entries of the statistics removed";
    }
}
