using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>Ends the sessions of an account whose credentials, membership or role were revoked.</summary>
internal sealed class SessionRevoker(ControlDbContext db, SessionStore sessionStore) : CredentialRevoker
{
    private readonly List<Guid> _ended = [];

    public override async Task RevokeAsync(Revocation revocation, CancellationToken ct)
    {
        if (!revocation.IsAccountWide)
        {
            var method = revocation.Reason is RevocationReason.AdminRoleEnded ? SignInMethod.BreakGlass : (SignInMethod?)null;
            _ended.AddRange(
                await sessionStore.EndInTenantAsync(revocation.UserId, revocation.TenantId!.Value, method, revocation.KeptSessionId, ct)
            );
            return;
        }

        _ended.AddRange(await sessionStore.EndAllAsync(revocation.UserId, except: revocation.KeptSessionId, ct));
        if (revocation is { KeptSessionId: { } kept, SecurityStamp: { } stamp })
        {
            await db
                .Sessions.Where(session => session.Id == kept && session.UserId == revocation.UserId)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.SecurityStamp, stamp), ct);
        }
    }

    public override void OnCommitted()
    {
        sessionStore.EvictFromCache(_ended);
        _ended.Clear();
    }
}
