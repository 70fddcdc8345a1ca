using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Deletes invitations that ended or expired longer ago than their retention.</summary>
internal sealed class PurgeInvitationsJob(ControlDbContext db, IOptions<InvitationOptions> options, TimeProvider clock) : Job
{
    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - options.Value.Retention;
        var removed = await db
            .Invitations.Where(invitation => invitation.EndedAt < before || (invitation.EndedAt == null && invitation.ExpiresAt < before))
            .ExecuteDeleteAsync(ct);
        return $"{removed} invitations removed";
    }
}
