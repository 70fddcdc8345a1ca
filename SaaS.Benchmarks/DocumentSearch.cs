using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>A page of 20 documents by a part of the file name, out of 1,000,000.</summary>
internal static class DocumentSearch
{
    private const int Many = 1_000_000;
    private const int Few = 1_000;
    private const int PerRound = 300;

    internal static readonly Figure Figure = new(
        "document-search",
        "p95 of a page of documents whose name contains a text, of 1,000,000 ÷ of 1,000",
        "ms",
        Goal: null,
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var (large, small) = (await tenants.CreateAsync(ct), await tenants.CreateAsync(ct));
        var databases = await system.TenantDatabasesAsync(ct);
        await GeneratedDocuments.FillAsync(system, databases[large], Many, ct);
        await GeneratedDocuments.FillAsync(system, databases[small], Few, ct);
        await system.Progress.WriteLineAsync($"  {await ExplainAsync(system, databases[large], ct)}");
        var random = new Random(1);
        var all = Numbers.Percentile(await Load.OneByOneAsync(http, _ => tenants.CreateListRequest(system.Api, large), PerRound, ct), 0.95);
        await system.Progress.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"  a page of all of them, newest first: p95 {all:0.#} ms")
        );

        return await Rounds.InterleaveAsync(ours: _ => AskAsync(large, Many), anchor: _ => AskAsync(small, Few), system, ct);

        async Task<double> AskAsync(Guid tenant, int count) =>
            Numbers.Percentile(await Load.OneByOneAsync(http, _ => Search(tenant, random.Next(count)), PerRound, ct), 0.95);

        HttpRequestMessage Search(Guid tenant, int number)
        {
            var request = tenants.CreateListRequest(system.Api, tenant);
            request.RequestUri = new Uri(request.RequestUri!, $"?filename={GeneratedDocuments.PartOfName(number)}");
            return request;
        }
    }

    /// <summary>Returns the query plan; throws when it does not use the index.</summary>
    private static async Task<string> ExplainAsync(SystemUnderMeasurement system, string database, CancellationToken ct)
    {
        await using var connection = await system.OpenAsync(database, ct);
        await using var explain = new NpgsqlCommand(
            $"EXPLAIN SELECT * FROM documents d JOIN files f ON f.id = d.file_id WHERE d.filename_search LIKE upper('%{GeneratedDocuments.PartOfName(4711)}%' COLLATE \"und-x-icu\") ORDER BY d.created_at DESC, d.id DESC LIMIT 20",
            connection
        );
        await using var rows = await explain.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetString(0).Contains("ix_documents_filename_search", StringComparison.Ordinal))
            {
                return $"plan: {rows.GetString(0).Trim(' ', '-', '>')}";
            }
        }

        throw new IOException("The query plan does not use the index on file names.");
    }
}
