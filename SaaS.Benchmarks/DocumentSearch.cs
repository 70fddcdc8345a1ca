using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>Twenty documents by a part of their name, out of a million.</summary>
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
        MeasureAsync);

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = Load.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var (large, small) = (await tenants.CreateAsync(ct), await tenants.CreateAsync(ct));
        var databases = await system.TenantDatabasesAsync(ct);
        await FillAsync(system, databases[large], Many, ct);
        await FillAsync(system, databases[small], Few, ct);
        await system.Progress.WriteLineAsync($"  {await ExplainAsync(system, databases[large], ct)}");
        var random = new Random(1);
        var all = Numbers.Percentile(await Load.OneByOneAsync(http, _ => tenants.ListDocuments(system.Api, large), PerRound, ct), 0.95);
        await system.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  a page of all of them, newest first: p95 {all:0.#} ms"));

        return await Rounds.InterleaveAsync(
            ours: _ => AskAsync(large, Many),
            anchor: _ => AskAsync(small, Few),
            system.Progress,
            ct);

        async Task<double> AskAsync(Guid tenant, int count) =>
            Numbers.Percentile(await Load.OneByOneAsync(http, _ => Search(tenant, random.Next(count)), PerRound, ct), 0.95);

        HttpRequestMessage Search(Guid tenant, int number)
        {
            var request = tenants.ListDocuments(system.Api, tenant);
            request.RequestUri = new Uri(request.RequestUri!, $"?filename={Name(number)}");
            return request;
        }
    }

    private static string Name(int number) => (number * 7_919L % 10_000_019).ToString("00000000", CultureInfo.InvariantCulture)[2..];

    private static async Task FillAsync(SystemUnderMeasurement system, string database, int count, CancellationToken ct)
    {
        await using var connection = await system.OpenAsync(database, ct);
        await using var fill = new NpgsqlCommand(
            """
            SET synchronous_commit = off;
            INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, created_at, created_by)
            SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), md5(n::text), 4096, n::text, now(), gen_random_uuid() FROM generate_series(1, 1000) n;
            ALTER TABLE documents DISABLE TRIGGER count_documents_of_file;
            INSERT INTO documents (id, filename, mime_type, file_id, user_id, created_at, updated_at)
            SELECT gen_random_uuid(), 'Inspection ' || lpad((n * 7919::bigint % 10000019)::text, 8, '0') || ' of pump ' || n % 977 || '.pdf', 'application/pdf', f.ids[n % 1000 + 1], f.ids[n % 50 + 1], now() - n * interval '1 minute', now()
            FROM generate_series(0, $1 - 1) n, (SELECT array_agg(id) AS ids FROM files) f;
            ALTER TABLE documents ENABLE TRIGGER count_documents_of_file;
            UPDATE files SET document_count = (SELECT count(*) FROM documents WHERE file_id = files.id);
            UPDATE content_usage SET documents = $1;
            ANALYZE
            """.Replace("$1", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), connection);
        fill.CommandTimeout = 0;
        await fill.ExecuteNonQueryAsync(ct);
    }

    /// <summary>How PostgreSQL finds them; throws where it reads all.</summary>
    private static async Task<string> ExplainAsync(SystemUnderMeasurement system, string database, CancellationToken ct)
    {
        await using var connection = await system.OpenAsync(database, ct);
        await using var explain = new NpgsqlCommand($"EXPLAIN SELECT * FROM documents d JOIN files f ON f.id = d.file_id WHERE d.filename ILIKE '%{Name(4711)}%' ORDER BY d.created_at DESC, d.id DESC LIMIT 20", connection);
        await using var rows = await explain.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetString(0).Contains("ix_documents_filename_search", StringComparison.Ordinal))
            {
                return $"plan: {rows.GetString(0).Trim(' ', '-', '>')}";
            }
        }

        throw new IOException("The plan does not use the index of names.");
    }
}
