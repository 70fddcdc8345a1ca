using Microsoft.Extensions.Logging;
using SaaS.LocalServices;

namespace SaaS.Benchmarks.Crashes;

/// <summary>A system with two workers on one transport, whose processes can be killed.</summary>
internal sealed class CrashSystem : IAsyncDisposable
{
    internal const string Postgres = "postgres";
    internal const string Kafka = "kafka";

    private const int Partitions = 16;

    private readonly KafkaBrokers? _kafka;
    private readonly List<HostProcess> _workers = [];

    private CrashSystem(string transport, SystemUnderMeasurement measured, KafkaBrokers? kafka) =>
        (Transport, Measured, _kafka) = (transport, measured, kafka);

    internal string Transport { get; }

    internal SystemUnderMeasurement Measured { get; }

    /// <summary>The processes to kill, by name; each is restarted at once.</summary>
    internal IReadOnlyList<(string Name, Action Kill)> Victims =>
        [
            ("api", Measured.ApiProcess.Kill),
            ("worker", _workers[0].Kill),
            ("worker", _workers[1].Kill),
            ("redis", Measured.Redis.Kill),
            ("postgres", Measured.Postgres.Kill),
        ];

    private string Deliveries => Path.Combine(Measured.Scratch, "deliveries");

    internal static async Task<CrashSystem> StartAsync(string transport, ILoggerFactory logs, TextWriter progress, CancellationToken ct)
    {
        var kafka = transport is Kafka ? new KafkaBrokers() : null;
        var settings = kafka?.PrepareInstallation(Partitions) ?? [];
        var system = new CrashSystem(transport, await SystemUnderMeasurement.StartAsync(logs, progress, settings, ct), kafka);
        try
        {
            system._workers.AddRange(await Task.WhenAll(system.StartWorkerAsync(ct), system.StartWorkerAsync(ct)));
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the workers gracefully.</summary>
    internal async Task StopWorkersAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        _workers.Clear();
    }

    /// <summary>Returns the event ids of all deliveries to the counting consumer.</summary>
    internal async Task<IReadOnlyList<string>> ReadDeliveriesAsync(CancellationToken ct) =>
        File.Exists(Deliveries) ? await File.ReadAllLinesAsync(Deliveries, ct) : [];

    public async ValueTask DisposeAsync()
    {
        await StopWorkersAsync();
        await Measured.DisposeAsync();
        _kafka?.Dispose();
    }

    private Task<HostProcess> StartWorkerAsync(CancellationToken ct) =>
        Measured.StartRoleAsync(CrashWorker.Role, new() { [CrashWorker.Deliveries] = Deliveries }, ct);
}
