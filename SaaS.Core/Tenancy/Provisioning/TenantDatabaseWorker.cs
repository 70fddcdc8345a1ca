using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Creates and drops tenants' databases for hosts that have no connection of the provisioning role. Notifications request work; a poll
/// finds tenants whose notification was lost or whose work was interrupted.
/// </summary>
internal sealed partial class TenantDatabaseWorker(
    IServiceScopeFactory scopes,
    PostgresNotifications notifications,
    TimeProvider clock,
    IHostEnvironment environment,
    ILogger<TenantDatabaseWorker> logger
) : BackgroundService
{
    private const string UnfinishedTenantsQuery = $"""
        SELECT t.id AS "Value" FROM tenants t
        WHERE t.state IN ('Provisioning', 'Erasing') AND (t.state = 'Provisioning' OR {TenantDatabases.DatabaseOrRoleExists})
        ORDER BY t.created_at
        """;

    private const int MaxParallel = 8;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<(Guid TenantId, string? Trace)> _requested = [];
    private readonly ConcurrentDictionary<Guid, Task> _running = [];
    private readonly SemaphoreSlim _slots = new(MaxParallel);
    private readonly WakeUp _wake = new();
    private volatile bool _pollRequested = true;
    private bool _isVersionChecked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = notifications.ListenAsync(TenantDatabaseRequests.RequestedChannel, OnRequest, clock, stoppingToken, OnListening);
        var nextPoll = clock.GetUtcNow();
        while (!listening.IsCompleted)
        {
            while (_requested.TryDequeue(out var request))
            {
                Start(request.TenantId, request.Trace, stoppingToken);
            }

            if (_pollRequested || clock.GetUtcNow() >= nextPoll)
            {
                (_pollRequested, nextPoll) = (false, clock.GetUtcNow() + PollInterval);
                await PollAsync(stoppingToken);
            }

            await _wake.WaitAsync(PollInterval, clock, stoppingToken);
        }

        await listening; // rethrows a failure to the host
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Unfinished work is found by the next worker's poll.
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _slots.Dispose();
        base.Dispose();
    }

    private void OnRequest(string request)
    {
        var parts = request.Split(' ', 2);
        if (Guid.TryParse(parts[0], out var tenantId))
        {
            _requested.Enqueue((tenantId, parts.ElementAtOrDefault(1)));
            _wake.Set();
        }
    }

    private void OnListening(bool isListening)
    {
        _pollRequested |= isListening; // notifications sent before the connection was established were lost
        _wake.Set();
    }

    private async Task PollAsync(CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
            await CheckVersionAsync(db, ct);
            var unfinished = await db.Database.SqlQueryRaw<Guid>(UnfinishedTenantsQuery).ToListAsync(ct);
            foreach (var tenantId in unfinished)
            {
                Start(tenantId, trace: null, ct);
            }
        }
#pragma warning disable CA1031 // the worker must survive any failure of the control database
        catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNotPolled(e);
        }
    }

    private async Task CheckVersionAsync(ControlDbContext db, CancellationToken ct)
    {
        if (!_isVersionChecked)
        {
            var major = await db
                .Database.SqlQuery<int>($"""SELECT current_setting('server_version_num')::int / 10000 AS "Value" """)
                .SingleAsync(ct);
            _isVersionChecked = true;
            if (PostgresVersion.IsTooOld(major, environment))
            {
                LogOldServer(major, PostgresVersion.OldestInProduction);
            }
        }
    }

    private void Start(Guid tenantId, string? trace, CancellationToken stopping)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_running.TryAdd(tenantId, RunWhenAsync(begin.Task)))
        {
            begin.SetResult();
        }

        async Task RunWhenAsync(Task begun)
        {
            await begun;
            await RunAsync(tenantId, trace, stopping);
        }
    }

    private async Task RunAsync(Guid tenantId, string? trace, CancellationToken stopping)
    {
        try
        {
            await _slots.WaitAsync(stopping);
            try
            {
                using var activity = ActivityContext.TryParse(trace, traceState: null, out var parent)
                    ? SaaSDiagnostics.Activities.StartActivity("provision tenant", ActivityKind.Consumer, parent)
                    : null;
                activity?.SetTag(SaaSDiagnostics.TenantId, tenantId.ToString());
                await using var scope = scopes.CreateAsyncScope();
                if (
                    await scope
                        .ServiceProvider.GetRequiredService<ProvisionTenant>()
                        .RunAsync(tenantId, waits: false, CancellationToken.None)
                )
                {
                    notifications.Send(TenantDatabaseReplies.DoneChannel, tenantId.ToString());
                }
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Found by the next worker's poll.
        }
#pragma warning disable CA1031 // a failure of one tenant must not affect the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotProvisioned(e, tenantId);
        }
        finally
        {
            _running.TryRemove(tenantId, out _);
        }
    }

    [LoggerMessage(
        EventId = 4105,
        Level = LogLevel.Warning,
        Message = "The database of tenant {TenantId} could not be created or dropped; it is tried again soon"
    )]
    private partial void LogNotProvisioned(Exception exception, Guid tenantId);

    [LoggerMessage(
        EventId = 4107,
        Level = LogLevel.Warning,
        Message = "PostgreSQL {Version} is too old for production: before {Oldest} the provisioning role can run programs on the database server"
    )]
    private partial void LogOldServer(int version, int oldest);

    [LoggerMessage(
        EventId = 4106,
        Level = LogLevel.Warning,
        Message = "Polling for tenants without a database failed; the next poll retries"
    )]
    private partial void LogNotPolled(Exception exception);
}
