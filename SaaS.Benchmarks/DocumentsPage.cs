using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>The cost of a page of 20 documents: token, session, rate limits, membership and tenant database.</summary>
internal static class DocumentsPage
{
    private const int Clients = 16;
    private const int Documents = 1_000;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    internal static readonly Figure Figure = new(
        "documents-page",
        "GET a page of 20 documents ÷ a bare endpoint with the same token, statements and JSON",
        "requests/s",
        Goal.AtLeast(0.5),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var tenant = await tenants.CreateAsync(ct);
        var database = (await system.TenantDatabasesAsync(ct))[tenant];
        await GeneratedDocuments.FillAsync(system, database, Documents, ct);
        await using var bare = await system.StartRoleAsync(
            BareEndpoint.Role,
            new()
            {
                [$"ConnectionStrings__{BareDocuments.Database}"] = new NpgsqlConnectionStringBuilder(system.Postgres.ConnectionString)
                {
                    Database = database,
                    Pooling = true,
                    MaxPoolSize = Clients,
                }.ConnectionString,
            },
            ct
        );
        var bareAddress = new Uri(bare.Address);
        await Load.WarmUpAsync(http, Clients, () => tenants.CreateListRequest(bareAddress, tenant), ct);
        await Load.WarmUpAsync(http, Clients, () => tenants.CreateListRequest(system.Api, tenant), ct);

        return await Rounds.InterleaveAsync(
            ours: it => Load.ThroughputAsync(http, Clients, _ => tenants.CreateListRequest(system.Api, tenant), Duration, it),
            anchor: it => Load.ThroughputAsync(http, Clients, _ => tenants.CreateListRequest(bareAddress, tenant), Duration, it),
            system,
            ct
        );
    }
}
