using System.Globalization;
using Npgsql;

namespace SaaS.Benchmarks;

/// <summary>Documents that are inserted into the database without content.</summary>
internal static class GeneratedDocuments
{
    /// <summary>Returns a part of a file name that few documents have.</summary>
    internal static string PartOfName(int number) => (number * 7_919L % 10_000_019).ToString("00000000", CultureInfo.InvariantCulture)[2..];

    /// <summary>Inserts documents with 1,000 different contents directly, because a million over HTTP would take hours.</summary>
    internal static async Task FillAsync(SystemUnderMeasurement system, string database, int count, CancellationToken ct)
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
            UPDATE content_usage SET documents = $1, files = (SELECT count(*) FROM files);
            ANALYZE
            """.Replace("$1", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
            connection
        );
        fill.CommandTimeout = 0;
        await fill.ExecuteNonQueryAsync(ct);
    }
}
