using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Core.Auditing;

/// <summary>
/// Stores security events as audit entries. Their number per hour is limited, so that failed requests cannot fill the database.
/// </summary>
internal sealed partial class SecurityEventWriter(
    SecurityEventQueue queue,
    IServiceScopeFactory scopes,
    IOptions<AuditOptions> options,
    ILogger<SecurityEventWriter> logger
) : BackgroundService
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var securityEvent in queue.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(securityEvent, stoppingToken);
            }
#pragma warning disable CA1031 // the event is logged already, and storing the next one may succeed
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotStored(e, securityEvent.Action.Name);
            }
        }
    }

    private async Task WriteAsync(SecurityEvent securityEvent, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        if ((securityEvent.SubjectId ?? await FindAccountAsync(db, securityEvent.Email, ct)) is not { } subjectId)
        {
            return; // without an account, the event is only logged
        }

        if (await IsOverLimitAsync(db, securityEvent, subjectId, ct))
        {
            return;
        }

        var tenantId =
            securityEvent.TenantId is { } named
            && await scope.ServiceProvider.GetRequiredService<SystemTenantAccess>().ExistsAsync(named, ct)
                ? named
                : (Guid?)null;
        db.Add(
            AuditEntry.Create(
                securityEvent.OccurredAt,
                tenantId,
                securityEvent.Actor,
                securityEvent.Action,
                subjectId,
                securityEvent.Details,
                securityEvent.Origin
            )
        );
        await db.SaveChangesAsync(ct);
    }

    private async Task<bool> IsOverLimitAsync(ControlDbContext db, SecurityEvent securityEvent, Guid subjectId, CancellationToken ct)
    {
        var since = securityEvent.OccurredAt - Window;
        var alike = db.AuditEntries.Where(entry => entry.Action == securityEvent.Action.Name && entry.OccurredAt > since);
        var bySame =
            securityEvent.Actor == Actor.Anonymous.Name
                ? alike.Where(entry => entry.SubjectId == subjectId)
                : alike.Where(entry => entry.Actor == securityEvent.Actor);
        var limit = options.Value.MaxSecurityEventsPerHour;
        return await bySame.Take(limit).CountAsync(ct) >= limit;
    }

    // SQL, because the accounts module depends on this one.
    private static async Task<Guid?> FindAccountAsync(ControlDbContext db, string? email, CancellationToken ct)
    {
        var found = await db.Database.SqlQuery<Guid>($"""SELECT id AS "Value" FROM users WHERE email = {email}""").ToListAsync(ct);
        return found is [var id] ? id : null;
    }

    [LoggerMessage(EventId = 4512, Level = LogLevel.Warning, Message = "The security event {Action} could not be stored as an audit entry")]
    private partial void LogNotStored(Exception exception, string action);
}
