using Microsoft.EntityFrameworkCore;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Removes mailed links that are not good any more, those of strangers' addresses among them.</summary>
internal sealed class PurgeMailedLinksJob(ControlDbContext db, TimeProvider clock) : Job
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1); // a mail of them may still be waiting to be sent

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Kept;
        return $"{await db.MailedLinks.Where(link => link.ExpiresAt < before).ExecuteDeleteAsync(ct)} links removed";
    }
}
