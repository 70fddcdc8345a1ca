using Npgsql;
using SaaS.Core.Messaging;

namespace SaaS.Benchmarks;

/// <summary>The outboxes of several tenants, which are filled repeatedly for the relay.</summary>
internal sealed class FilledOutboxes : IAsyncDisposable
{
    internal const int TenantCount = 32;
    internal const int Events = TenantCount * PerTenant;

    private const int PerTenant = 500;

    private readonly OpenConnections _databases = new();
    private readonly NpgsqlConnection _control;

    private FilledOutboxes(IReadOnlyList<Guid> tenants, NpgsqlConnection control) => (Tenants, _control) = (tenants, control);

    internal IReadOnlyList<Guid> Tenants { get; }

    /// <summary>Open connections to the tenant databases, because opening one takes longer than a query.</summary>
    internal IReadOnlyList<NpgsqlConnection> Databases => _databases.All;

    internal static async Task<FilledOutboxes> StartAsync(HttpClient http, SystemUnderMeasurement system, CancellationToken ct)
    {
        var tenants = await (await Benchmarks.Tenants.StartAsync(http, system, ct)).CreateAsync(TenantCount, ct);
        var outboxes = new FilledOutboxes(tenants, await system.OpenControlAsync(ct));
        var databases = await system.TenantDatabasesAsync(ct);
        foreach (var tenant in tenants)
        {
            outboxes._databases.All.Add(await system.OpenAsync(databases[tenant], ct));
        }

        return outboxes;
    }

    internal static string CreateEnvelope(Guid tenant)
    {
        var now = SystemUnderMeasurement.Clock.GetUtcNow();
        var document = Guid.CreateVersion7(now);
        return CloudEvent
            .Create(new DocumentUpdated(document, UpdatedBy: tenant), Guid.CreateVersion7(now), document.ToString(), now, tenant)
            .ToJson();
    }

    /// <summary>Returns the same records as the outboxes contain, from memory.</summary>
    internal IEnumerable<(Guid Tenant, string Envelope)> InMemory() =>
        Tenants.SelectMany(tenant => Enumerable.Range(0, PerTenant).Select(_ => (tenant, CreateEnvelope(tenant))));

    internal async Task FillAsync(CancellationToken ct)
    {
        foreach (var (tenant, database) in Tenants.Zip(Databases))
        {
            await FillAsync(database, tenant, ct);
        }
    }

    /// <summary>Notifies the relay of all tenants at once.</summary>
    internal async Task NotifyAsync(CancellationToken ct)
    {
        await using var signal = new NpgsqlCommand("SELECT pg_notify($1, id::text) FROM unnest($2) AS id", _control)
        {
            Parameters =
            {
                new() { Value = OutboxNotifier.Channel },
                new() { Value = Tenants },
            },
        };
        await signal.ExecuteNonQueryAsync(ct);
    }

    internal async Task WaitUntilEmptyAsync(CancellationToken ct)
    {
        foreach (var database in Databases)
        {
            await using var left = new NpgsqlCommand("SELECT EXISTS (SELECT FROM outbox)", database);
            while ((bool)(await left.ExecuteScalarAsync(ct))!)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), SystemUnderMeasurement.Clock, ct);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _databases.DisposeAsync();
        await _control.DisposeAsync();
    }

    private static async Task FillAsync(NpgsqlConnection outbox, Guid tenant, CancellationToken ct)
    {
        // Autovacuum runs only once a minute, so queries would scan the dead rows of earlier rounds.
        await using var vacuum = new NpgsqlCommand("VACUUM outbox", outbox);
        await vacuum.ExecuteNonQueryAsync(ct);

        await using var fill = new NpgsqlCommand(
            "INSERT INTO outbox (id, type, key, envelope) SELECT gen_random_uuid(), $1, $2, envelope::jsonb FROM unnest($3) AS envelope",
            outbox
        )
        {
            Parameters =
            {
                new() { Value = DocumentUpdated.Type },
                new() { Value = tenant.ToString() },
                new() { Value = Enumerable.Range(0, PerTenant).Select(_ => CreateEnvelope(tenant)).ToArray() },
            },
        };
        await fill.ExecuteNonQueryAsync(ct);
    }
}
