namespace SaaS.Benchmarks;

/// <summary>The figures of docs/PERFORMANCE.md, in its order.</summary>
internal static class Figures
{
    internal static readonly IReadOnlyList<Figure> All =
    [
        Logins.Figure,
        Logins.OfOneClient,
        LoginStorm.Figure,
        AuthenticatedRequest.Figure,
        KeyRequests.Throughput,
        KeyRequests.OfMany,
        DocumentsPage.Figure,
        TenantCreation.Figure,
        TenantsInRotation.Figure,
        TenantMigrations.ByFour,
        TenantMigrations.ByEight,
        Readiness.Figure,
        LargeUpload.Figure,
        SmallUploads.Figure,
        Download.Figure,
        DocumentSearch.Figure,
        AuditPages.Figure,
        Lists.Figure,
        WriteWithEvent.Figure,
        RelayThroughput.Figure,
        RelayThroughput.AgainstPlainLoop,
        RelayToPostgres.Figure,
        RelayIdle.Figure,
        EventLatency.OverPostgres,
        EventLatency.OverKafka,
        KeyRingEncryption.Figure,
        TransitEncryption.Figure,
        SsoTokenRefresh.Figure,
        HostStart.OfApi,
        HostStart.OfWorker,
        HostStart.OfScheduler,
        Idle.Memory,
        Idle.Processor,
        AppHostRuns.Cold,
        AppHostRuns.Warm,
        AppHostRuns.Stop,
        AppHostRuns.Idle,
    ];
}
