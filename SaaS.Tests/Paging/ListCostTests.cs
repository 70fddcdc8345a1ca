using System.Globalization;
using System.Net.Http.Json;
using SaaS.Benchmarks;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Paging;

/// <summary>Tests the cost of lists by the number of rows that PostgreSQL reads.</summary>
public sealed class ListCostTests(OwnCluster cluster) : IClassFixture<OwnCluster>
{
    private const string Database = "saas_platform";
    private const string Connection = "ConnectionStrings:saas-platform";
    private const string ApplicationName = "list-cost";

    /// <summary>Enough for PostgreSQL to plan as for a large table.</summary>
    private const int Entries = 20_000;

    /// <summary>A total counts up to 1,001 entries, and an entry is read from up to three tables.</summary>
    private const long MaxRowsRead = 1_500;

    [Fact]
    public async Task A_page_of_a_long_list_reads_few_rows()
    {
        // A connection publishes its statistics when it is closed.
        await using var api = cluster.NewApi(
            new Dictionary<string, string?>
            {
                [Connection] = $"{cluster.Setting(Connection)};Pooling=false;Application Name={ApplicationName}",
            }
        );
        api.Start();
        var owner = await TestUser.RegisterAsync(api);
        await cluster.InDatabaseAsync(Database, $"UPDATE users SET is_platform_admin = true WHERE id = '{owner.Id}'");
        owner = await TestUser.LogInAsync(api, owner.Email);
        using var created = await owner.Http.PostAsJsonAsync("/api/tenants", new { name = "Motor works" });
        var tenant = (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf();
        await cluster.InDatabaseAsync(Database, FilledPlatform.CreateFillStatements(Entries, tenant, owner.Email));
        await cluster.InDatabaseAsync(Database, "VACUUM ANALYZE");
        var connections = await CountConnectionsAsync();

        List<string> expensive = [];
        foreach (var (name, path) in FilledPlatform.Lists)
        {
            var address = path.Replace("{0}", tenant.ToString(), StringComparison.Ordinal);
            await MeasureAsync(address); // caches what is read once
            var read = await MeasureAsync(address);
            if (read > MaxRowsRead)
            {
                expensive.Add($"{name}: {read} rows");
            }
        }

        Assert.True(expensive.Count == 0, string.Join(Environment.NewLine, expensive));

        async Task<long> MeasureAsync(string address)
        {
            var before = await CountRowsReadAsync();
            using var listed = await owner.Http.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
            await Eventually.HoldsAsync(async () => await CountConnectionsAsync() <= connections, "the connections are not closed");
            return await CountRowsReadAsync() - before;
        }
    }

    private Task<long> CountRowsReadAsync() =>
        ReadNumberAsync(
            """
            SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)
            """
        );

    private Task<long> CountConnectionsAsync() =>
        ReadNumberAsync($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{ApplicationName}'");

    private async Task<long> ReadNumberAsync(string query) =>
        long.Parse(await cluster.ReadAsync(Database, query), CultureInfo.InvariantCulture);
}
