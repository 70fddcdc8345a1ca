using Microsoft.EntityFrameworkCore;
using SaaS.Core.Jobs;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Credentials;

/// <summary>Deletes expired mailed links, including those of unknown addresses.</summary>
internal sealed class PurgeMailedLinksJob(ControlDbContext db, TimeProvider clock) : Job
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(1); // their mail may still be waiting to be sent

    public override async Task<string> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Retention;
        return $"{await db.MailedLinks.Where(link => link.ExpiresAt < before).ExecuteDeleteAsync(ct)} links removed";
    }
}
