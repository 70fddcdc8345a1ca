using System.Diagnostics;

namespace SaaS.Benchmarks;

/// <summary>The throughput of small uploads, which mostly consists of the commit.</summary>
internal static class SmallUploads
{
    private const int Clients = 4; // the connection limit of a tenant
    private const int Size = 4 * 1024;
    private const int WarmUpTimes = 30;

    // The rows of an upload in one transaction and one request: file, document, two events, audit entry, usage.
    private const string Rows = """
        BEGIN \;
        WITH file AS (
            INSERT INTO files (id, sha256_hash, md5_hash, file_size, s3_path, created_at, created_by)
            SELECT id, encode(sha256(id::text::bytea), 'hex'), md5(id::text), 4096, id::text, now(), id FROM (SELECT gen_random_uuid() AS id) AS made RETURNING id)
        INSERT INTO documents (id, filename, mime_type, file_id, user_id, created_at, updated_at)
        SELECT gen_random_uuid(), 'measured.bin', 'application/octet-stream', id, id, now(), now() FROM file \;
        INSERT INTO outbox (id, type, key, envelope) SELECT gen_random_uuid(), 'measured', 'measured', jsonb_build_object('data', repeat('x', 300)) FROM generate_series(1, 2) \;
        INSERT INTO audit_entries (id, occurred_at, actor, action, subject_id) VALUES (gen_random_uuid(), now(), 'measured', 'measured', gen_random_uuid()) \;
        UPDATE content_usage SET documents = documents + 1, storage_bytes = storage_bytes + 4096 \;
        COMMIT;
        """;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    internal static readonly Figure Figure = new(
        "small-uploads",
        $"uploads of 4 KiB ÷ pgbench that commits the same rows alone, {Clients} clients",
        "per second",
        Goal: null,
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var tenants = await Tenants.StartAsync(http, system, ct);
        var tenant = await tenants.CreateAsync(ct);
        var database = (await system.TenantDatabasesAsync(ct))[tenant];
        for (var i = 0; i < WarmUpTimes; i++) // until tiered compilation has finished
        {
            await PerSecondAsync(UploadAsync);
        }

        return await Rounds.InterleaveAsync(
            ours: _ => PerSecondAsync(UploadAsync),
            anchor: _ => Pgbench.PerSecondAsync(system, database, Rows, Clients, Duration, ct),
            system,
            ct
        );

        Task UploadAsync(int client) => Uploads.SendAsync(http, system.Api, tenants, tenant, new GeneratedContent(Size), ct);
    }

    private static async Task<double> PerSecondAsync(Func<int, Task> act)
    {
        var done = 0;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(async () =>
                    {
                        while (Stopwatch.GetElapsedTime(began) < Duration)
                        {
                            await act(client);
                            Interlocked.Increment(ref done);
                        }
                    })
                )
        );
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
