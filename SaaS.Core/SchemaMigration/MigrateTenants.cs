using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>
/// Migrates the tenants that are behind, several in parallel; a stopped run completes the tenants that it has begun. A lock in each
/// tenant's database lets concurrent runs share the work: a run skips locked tenants and checks them again at the end.
/// </summary>
internal sealed partial class MigrateTenants(
    ControlDbContext db,
    DatabaseAdmin admin,
    MigrationJournal journal,
    IOptions<MigrationOptions> options,
    TimeProvider clock,
    ILogger<MigrateTenants> logger
)
{
    public async Task<MigrationReport> RunAsync(MigrationRequest request, Action<MigrationStep>? progress, CancellationToken stopping)
    {
        if (request.TenantId is { } tenantId && !await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId, stopping))
        {
            return MigrationReport.UnknownTenant;
        }

        var outdated = await ListOutdatedAsync(request.TenantId, stopping);
        var run = new MigrationProgress(outdated.Count, progress);
        var lockedByOthers = new ConcurrentQueue<OutdatedTenant>();
        var wasStopped = false;
        try
        {
            await ForEachAsync(outdated, tenant => MigrateAsync(tenant, run, lockedByOthers, stopping));
            await ForEachAsync(lockedByOthers, tenant => MigrateAsync(tenant, run, postponed: null, stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            wasStopped = true;
        }

        var (last, failures) = run.GetResult();
        LogTenantsMigrated(last.Done, last.Failed);
        return new MigrationReport(last, failures, WasStopped: wasStopped && last.Remaining > 0);

        Task ForEachAsync(IEnumerable<OutdatedTenant> tenants, Func<OutdatedTenant, Task> migrate) =>
            Parallel.ForEachAsync(
                tenants,
                new ParallelOptions { MaxDegreeOfParallelism = request.Parallel, CancellationToken = stopping },
                async (tenant, _) => await migrate(tenant)
            );
    }

    private Task<List<OutdatedTenant>> ListOutdatedAsync(Guid? tenantId, CancellationToken ct) =>
        db
            .Tenants.Where(Tenant.HasDatabase)
            .Where(tenant => string.Compare(tenant.SchemaVersion, SchemaVersions.Tenant) < 0)
            .Where(tenant => tenantId == null || tenant.Id == tenantId)
            .OrderBy(tenant => tenant.Id)
            .Select(tenant => new OutdatedTenant(tenant.Id, tenant.Name, tenant.DatabaseName))
            .ToListAsync(ct);

    private async Task MigrateAsync(
        OutdatedTenant tenant,
        MigrationProgress run,
        ConcurrentQueue<OutdatedTenant>? postponed,
        CancellationToken stopping
    )
    {
        try
        {
            if (await TryMigrateAsync(tenant, waits: postponed is null, stopping) is { } outcome)
            {
                run.Record(new MigratedTenant(tenant.Id, tenant.Name, outcome));
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
#pragma warning disable CA1031 // a failure of one tenant must not stop the migration of the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            run.Record(await RecordFailureAsync(tenant, e));
        }
    }

    /// <returns>Null when another run holds the lock and <paramref name="waits"/> is false.</returns>
    private async Task<MigrationOutcome?> TryMigrateAsync(OutdatedTenant tenant, bool waits, CancellationToken stopping)
    {
        await using var connection = await admin.OpenAsync(stopping, tenant.Database);
        await using var migrationLock = waits
            ? await AdvisoryLock.AcquireByPollingAsync(connection, MigrationLock.Name, clock, stopping)
            : await AdvisoryLock.TryAcquireAsync(connection, MigrationLock.Name, stopping);
        if (migrationLock is null)
        {
            return null;
        }

        stopping.ThrowIfCancellationRequested(); // the last point to stop, because a tenant is migrated completely or not at all
        if (!await journal.TryBeginAsync(tenant.Id, CancellationToken.None))
        {
            return MigrationOutcome.DoneElsewhere;
        }

        await DatabaseSchema.MigrateTenantAsync(connection, options.Value, CancellationToken.None);
        await journal.EndAsync(tenant.Id, CancellationToken.None);
        return MigrationOutcome.Migrated;
    }

    private async Task<MigratedTenant> RecordFailureAsync(OutdatedTenant tenant, Exception failure)
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

    [LoggerMessage(
        EventId = 1404,
        Level = LogLevel.Error,
        Message = "Tenant {TenantId} could not be migrated; it is unavailable in this build until it is"
    )]
    private partial void LogTenantFailed(Exception exception, Guid tenantId);

    [LoggerMessage(
        EventId = 1405,
        Level = LogLevel.Warning,
        Message = "The failed migration of tenant {TenantId} could not be recorded in the control database"
    )]
    private partial void LogNotNoted(Exception exception, Guid tenantId);

    private sealed record OutdatedTenant(Guid Id, string Name, string Database);

    /// <summary>The counts of a run, which parallel migrations update.</summary>
    private sealed class MigrationProgress
    {
        private readonly Lock _gate = new();
        private readonly List<MigratedTenant> _failures = [];
        private readonly Action<MigrationStep>? _progress;
        private MigrationStep _step;

        public MigrationProgress(int total, Action<MigrationStep>? progress)
        {
            _progress = progress;
            _step = new MigrationStep(total, 0, 0, Latest: null);
            progress?.Invoke(_step);
        }

        public void Record(MigratedTenant tenant)
        {
            lock (_gate)
            {
                var failed = tenant.Outcome is MigrationOutcome.Failed;
                _step = failed
                    ? _step with
                    {
                        Failed = _step.Failed + 1,
                        Latest = tenant,
                    }
                    : _step with
                    {
                        Done = _step.Done + 1,
                        Latest = tenant,
                    };
                if (failed)
                {
                    _failures.Add(tenant);
                }

                _progress?.Invoke(_step);
            }
        }

        public (MigrationStep Last, IReadOnlyList<MigratedTenant> Failures) GetResult()
        {
            lock (_gate)
            {
                return (_step, [.. _failures]);
            }
        }
    }
}
