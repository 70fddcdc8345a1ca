using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>
/// Runs the registered health checks of this host concurrently. Exception messages are logged but not returned, because they may contain
/// hosts and users.
/// </summary>
internal sealed class ServiceChecks(HealthCheckService checks, IOptions<HealthCheckServiceOptions> options)
{
    /// <summary>The tag of the check of the host's lifetime, which is not a service; must match <c>HealthEndpoints</c>.</summary>
    private const string Lifetime = "lifetime";

    private readonly SortedDictionary<string, TimeSpan?> _deadlines = new(
        options
            .Value.Registrations.Where(check => !check.Tags.Contains(Lifetime))
            .ToDictionary(check => check.Name, check => check.Timeout > TimeSpan.Zero ? check.Timeout : (TimeSpan?)null),
        StringComparer.Ordinal
    );

    /// <summary>The available checks, ordered by name, with their timeouts.</summary>
    public IReadOnlyDictionary<string, TimeSpan?> Deadlines => _deadlines;

    public Task<IReadOnlyList<ServiceCheck>> RunAllAsync(CancellationToken ct) => RunAsync(check => _deadlines.ContainsKey(check.Name), ct);

    public async Task<ServiceCheck> RunAsync(string service, CancellationToken ct) =>
        (await RunAsync(check => check.Name == service, ct)).Single();

    private async Task<IReadOnlyList<ServiceCheck>> RunAsync(Func<HealthCheckRegistration, bool> which, CancellationToken ct)
    {
        var report = await checks.CheckHealthAsync(which, ct);
        return
        [
            .. report
                .Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => ToServiceCheck(entry.Key, entry.Value, _deadlines[entry.Key])),
        ];
    }

    private static ServiceCheck ToServiceCheck(string service, HealthReportEntry entry, TimeSpan? deadline) =>
        new(service, StateOf(entry), DetailOf(entry, deadline), Math.Round(entry.Duration.TotalMilliseconds, 1), deadline?.TotalSeconds);

    // A host is only degraded without Redis, Kafka or a mail server, but the service itself is down.
    private static ServiceState StateOf(HealthReportEntry entry) =>
        entry switch
        {
            { Exception: not null } or { Status: HealthStatus.Unhealthy } => ServiceState.Down,
            { Status: HealthStatus.Degraded } => ServiceState.Degraded,
            _ => ServiceState.Healthy,
        };

    private static string? DetailOf(HealthReportEntry entry, TimeSpan? deadline) =>
        entry.Exception switch
        {
            null => entry.Description,
            OperationCanceledException => string.Create(CultureInfo.InvariantCulture, $"No answer within {deadline?.TotalSeconds} s"),
            var e when entry.Description is null || entry.Description == e.Message => "The check failed; the log says why",
            _ => entry.Description,
        };
}
