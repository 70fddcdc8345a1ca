using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>
/// Migrates the tenants that are behind, some side by side. Each has a lock in its own database, so that runs at the same
/// time share the work: who finds a tenant locked goes on with the next one, and comes back at the end to see that it is
/// done. A run that is asked to stop finishes the tenants that it has begun.
/// </summary>
internal sealed partial class MigrateTenants(
    ControlDbContext db, DatabaseAdmin admin, MigrationJournal journal, IOptions<MigrationOptions> options, TimeProvider clock, ILogger<MigrateTenants> logger)
{
    public async Task<MigrationReport> RunAsync(MigrationRequest request, Action<MigrationStep>? progress, CancellationToken stopping)
    {
        if (request.TenantId is { } only && !await db.Tenants.AnyAsync(tenant => tenant.Id == only, stopping))
        {
            return MigrationReport.UnknownTenant;
        }

        var behind = await FindBehindAsync(request.TenantId, stopping);
        var run = new Run(behind.Count, progress);
        var lockedByOthers = new ConcurrentQueue<Behind>();
        var wasStopped = false;
        try
        {
            await ForEachAsync(behind, tenant => MigrateAsync(tenant, run, lockedByOthers, stopping));
            await ForEachAsync(lockedByOthers, tenant => MigrateAsync(tenant, run, postponed: null, stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            wasStopped = true;
        }

        var (last, failures) = run.End();
        LogTenantsMigrated(last.Done, last.Failed);
        return new MigrationReport(last, failures, WasStopped: wasStopped && last.Remaining > 0);

        Task ForEachAsync(IEnumerable<Behind> tenants, Func<Behind, Task> migrate) =>
            Parallel.ForEachAsync(
                tenants,
                new ParallelOptions { MaxDegreeOfParallelism = request.Parallel, CancellationToken = stopping },
                async (tenant, _) => await migrate(tenant));
    }

    private Task<List<Behind>> FindBehindAsync(Guid? only, CancellationToken ct) =>
        db.Tenants
            .Where(Tenant.HasDatabase)
            .Where(tenant => string.Compare(tenant.SchemaVersion, SchemaVersions.Tenant) < 0)
            .Where(tenant => only == null || tenant.Id == only)
            .OrderBy(tenant => tenant.Id)
            .Select(tenant => new Behind(tenant.Id, tenant.Name, tenant.DatabaseName))
            .ToListAsync(ct);

    private async Task MigrateAsync(Behind tenant, Run run, ConcurrentQueue<Behind>? postponed, CancellationToken stopping)
    {
        try
        {
            if (await TryMigrateAsync(tenant, waits: postponed is null, stopping) is { } outcome)
            {
                run.Note(new MigratedTenant(tenant.Id, tenant.Name, outcome));
            }
            else
            {
                postponed?.Enqueue(tenant);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // whatever is wrong with one tenant, the others are migrated all the same
        catch (Exception e)
#pragma warning restore CA1031
        {
            run.Note(await FailAsync(tenant, e));
        }
    }

    /// <returns>Null when another run holds the lock and is not to be waited for.</returns>
    private async Task<MigrationOutcome?> TryMigrateAsync(Behind tenant, bool waits, CancellationToken stopping)
    {
        await using var connection = await admin.OpenAsync(stopping, tenant.Database);
        await using var mine = waits
            ? await AdvisoryLock.PollAsync(connection, MigrationLock.Name, clock, stopping)
            : await AdvisoryLock.TryAcquireAsync(connection, MigrationLock.Name, stopping);
        if (mine is null)
        {
            return null;
        }

        stopping.ThrowIfCancellationRequested(); // from here on it is not to be stopped: a tenant is migrated, or it is not
        if (!await journal.TryBeginAsync(tenant.Id, CancellationToken.None))
        {
            return MigrationOutcome.DoneElsewhere;
        }

        await DatabaseSchema.MigrateTenantAsync(connection, options.Value, CancellationToken.None);
        await journal.EndAsync(tenant.Id, CancellationToken.None);
        return MigrationOutcome.Migrated;
    }

    private async Task<MigratedTenant> FailAsync(Behind tenant, Exception failure)
    {
        var error = failure.GetBaseException().Message;
        try
        {
            if (!await journal.TryFailAsync(tenant.Id, error, CancellationToken.None))
            {
                return new MigratedTenant(tenant.Id, tenant.Name, MigrationOutcome.DoneElsewhere);
            }
        }
        catch (Npgsql.NpgsqlException e)
        {
            LogNotNoted(e, tenant.Id);
        }

        LogTenantFailed(failure, tenant.Id);
        return new MigratedTenant(tenant.Id, tenant.Name, MigrationOutcome.Failed, error);
    }

    [LoggerMessage(EventId = 1403, Level = LogLevel.Information, Message = "{Migrated} tenants migrated, {Failed} failed")]
    private partial void LogTenantsMigrated(int migrated, int failed);

    [LoggerMessage(EventId = 1404, Level = LogLevel.Error, Message = "Tenant {TenantId} could not be migrated; it is not served until it is")]
    private partial void LogTenantFailed(Exception exception, Guid tenantId);

    [LoggerMessage(EventId = 1405, Level = LogLevel.Warning, Message = "That tenant {TenantId} failed could not be noted in the control database")]
    private partial void LogNotNoted(Exception exception, Guid tenantId);

    private sealed record Behind(Guid Id, string Name, string Database);

    /// <summary>The numbers of a run, which several tenants change at once.</summary>
    private sealed class Run
    {
        private readonly Lock _gate = new();
        private readonly List<MigratedTenant> _failures = [];
        private readonly Action<MigrationStep>? _progress;
        private MigrationStep _step;

        public Run(int total, Action<MigrationStep>? progress)
        {
            _progress = progress;
            _step = new MigrationStep(total, 0, 0, Latest: null);
            progress?.Invoke(_step);
        }

        public void Note(MigratedTenant tenant)
        {
            lock (_gate)
            {
                var failed = tenant.Outcome is MigrationOutcome.Failed;
                _step = failed ? _step with { Failed = _step.Failed + 1, Latest = tenant } : _step with { Done = _step.Done + 1, Latest = tenant };
                if (failed)
                {
                    _failures.Add(tenant);
                }

                _progress?.Invoke(_step);
            }
        }

        public (MigrationStep Last, IReadOnlyList<MigratedTenant> Failures) End()
        {
            lock (_gate)
            {
                return (_step, [.. _failures]);
            }
        }
    }
}
