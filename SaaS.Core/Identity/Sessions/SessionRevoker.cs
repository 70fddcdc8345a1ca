using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Ends sessions whose account, membership or role has changed hands or secret.</summary>
internal sealed class SessionRevoker(ControlDbContext db, SessionStore liveSessions) : CredentialRevoker
{
    private readonly List<Guid> _ended = [];

    public override async Task RevokeAsync(Revocation revocation, CancellationToken ct)
    {
        if (!revocation.IsOfAccount)
        {
            var method = revocation.Reason is RevocationReason.AdminRoleEnded ? SignInMethod.BreakGlass : (SignInMethod?)null;
            _ended.AddRange(await liveSessions.EndInTenantAsync(revocation.UserId, revocation.TenantId!.Value, method, revocation.KeptSessionId, ct));
            return;
        }

        _ended.AddRange(await liveSessions.EndAllAsync(revocation.UserId, but: revocation.KeptSessionId, ct));
        if (revocation is { KeptSessionId: { } kept, SecurityStamp: { } stamp })
        {
            await db.Sessions
                .Where(session => session.Id == kept && session.UserId == revocation.UserId)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.SecurityStamp, stamp), ct);
        }
    }

    public override void OnCommitted()
    {
        liveSessions.Forget(_ended);
        _ended.Clear();
    }
}
