using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sso.SignIn;

/// <summary>Purges unusable provider tokens, unfinished sign-ins and expired activity records.</summary>
internal sealed class PurgeSsoTokensJob(ControlDbContext db, IOptions<SsoOptions> options, TimeProvider clock) : Job
{
    public const string Name = "purge-sso-tokens";

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var tokens = await SsoIdentity.DeleteTokensAsync(
            db.SsoIdentities.Where(identity =>
                (identity.EncryptedAccessToken != null && identity.EncryptedRefreshToken == null && identity.TokenExpiresAt <= now)
                || identity.RefreshTokenExpiresAt <= now
            ),
            ct
        );
        var unfinished = now - options.Value.FlowLifetime; // the one-time codes of a flow are valid for as long again
        var flows = await db.SsoFlows.Where(flow => flow.ExpiresAt <= unfinished).ExecuteDeleteAsync(ct);
        var oldest = now - options.Value.ActivityRetention;
        var activities = await db.SsoActivities.Where(activity => activity.OccurredAt <= oldest).ExecuteDeleteAsync(ct);
        return $"Purged the tokens of {tokens} users, {flows} unfinished sign-ins and {activities} activity records";
    }
}
