using System.Diagnostics;
using Confluent.Kafka;
using Npgsql;
using SaaS.Core.Events;

namespace SaaS.Benchmarks;

/// <summary>What it costs that events come out of databases, in the order of each, and leave them when the brokers have them.</summary>
internal static class RelayThroughput
{
    private const int Count = 32;
    private const int PerTenant = 500;
    private const int Partitions = 16;

    internal static readonly Figure Figure = new(
        "relay-throughput",
        $"events from the outboxes of {Count} tenants to Kafka ÷ the same records from memory by a bare idempotent producer",
        "events/s",
        Goal.AtLeast(0.5),
        MeasureAsync);

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        using var kafka = new KafkaBrokers();
        var settings = kafka.PrepareInstallation(Partitions);
        var tenants = await (await Tenants.StartAsync(http, system, ct)).CreateAsync(Count, ct);
        await using var outboxes = new OpenConnections();
        var databases = await system.TenantDatabasesAsync(ct);
        foreach (var tenant in tenants)
        {
            outboxes.All.Add(await system.OpenAsync(databases[tenant], ct)); // open before it counts: to start a process of PostgreSQL takes longer than to look
        }

        await using var relay = await system.StartRoleAsync(RelayAlone.Role, settings, ct);
        await using var control = await system.OpenControlAsync(ct);
        await WaitUntilEmptyAsync(); // of how the tenants were made

        using var bare = new ProducerBuilder<string, string>(new ProducerConfig
        {
            BootstrapServers = kafka.Servers,
            Acks = Acks.All,
            EnableIdempotence = true,
            CompressionType = CompressionType.Lz4,
            Partitioner = Partitioner.Murmur2Random,
        }).Build();
        var topic = settings["Kafka__TopicPrefix"] + DocumentUpdated.Type;

        return await Rounds.InterleaveAsync(
            ours: _ => RelayAsync(),
            anchor: _ => Task.Run(PublishBare, ct),
            system,
            ct);

        async Task<double> RelayAsync()
        {
            foreach (var (tenant, outbox) in tenants.Zip(outboxes.All))
            {
                await FillAsync(outbox, tenant, ct);
            }

            var began = Stopwatch.GetTimestamp();
            await using (var signal = new NpgsqlCommand("SELECT pg_notify($1, id::text) FROM unnest($2) AS id", control) { Parameters = { new() { Value = OutboxSignal.Channel }, new() { Value = tenants } } })
            {
                await signal.ExecuteNonQueryAsync(ct);
            }

            await WaitUntilEmptyAsync();
            return Count * PerTenant / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        double PublishBare()
        {
            var records = tenants.SelectMany(tenant => Enumerable.Range(0, PerTenant).Select(_ => new Message<string, string> { Key = tenant.ToString(), Value = EnvelopeOf(tenant) })).ToList();
            var began = Stopwatch.GetTimestamp();
            records.ForEach(record => bare.Produce(topic, record));
            bare.Flush(ct);
            return records.Count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        async Task WaitUntilEmptyAsync()
        {
            foreach (var outbox in outboxes.All)
            {
                await using var left = new NpgsqlCommand("SELECT EXISTS (SELECT FROM outbox)", outbox);
                while ((bool)(await left.ExecuteScalarAsync(ct))!)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(5), SystemUnderMeasurement.Clock, ct);
                }
            }
        }
    }

    private static string EnvelopeOf(Guid tenant)
    {
        var now = SystemUnderMeasurement.Clock.GetUtcNow();
        var document = Guid.CreateVersion7(now);
        return CloudEvent.Of(new DocumentUpdated(document, UpdatedBy: tenant), Guid.CreateVersion7(now), document.ToString(), now, tenant).ToJson();
    }

    private static async Task FillAsync(NpgsqlConnection outbox, Guid tenant, CancellationToken ct)
    {
        await using var fill = new NpgsqlCommand("INSERT INTO outbox (id, type, key, envelope) SELECT gen_random_uuid(), $1, $2, envelope::jsonb FROM unnest($3) AS envelope", outbox)
        {
            Parameters =
            {
                new() { Value = DocumentUpdated.Type },
                new() { Value = tenant.ToString() },
                new() { Value = Enumerable.Range(0, PerTenant).Select(_ => EnvelopeOf(tenant)).ToArray() },
            },
        };
        await fill.ExecuteNonQueryAsync(ct);
    }
}
