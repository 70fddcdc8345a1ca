using System.IO.Compression;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Everything that a tenant has in one ZIP: a file of JSON lines for each table, and its objects under their keys. It is made
/// table by table, so that a new table is in it without anybody thinking of it.
/// </summary>
internal sealed class ExportTenant(SystemTenantAccess gate, TenantDbFactory databases, ObjectStore objects)
{
    /// <summary>Makes the export if one is wanted and not there yet.</summary>
    /// <returns>False when events of the tenant are still on their way: it has to wait.</returns>
    public async Task<bool> RunAsync(Tenant tenant, Actor actor, CancellationToken ct)
    {
        if (await gate.EnterAsync(tenant.Id, actor, ct) is not { } scope)
        {
            return false;
        }

        await using var db = await databases.OpenAsync(scope, ct);
        if (await db.OutboxMessages.AnyAsync(ct))
        {
            return false;
        }

        if (tenant.ExportWanted && !await objects.ExistsAsync(ObjectKey.OfExport(tenant.Id), ct))
        {
            await ExportAsync(tenant.Id, db, ct);
        }

        return true;
    }

    private async Task ExportAsync(Guid tenantId, TenantDbContext db, CancellationToken ct)
    {
        await using var spool = new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        });

        await using (var zip = new ZipArchive(spool, ZipArchiveMode.Create, leaveOpen: true))
        {
            await db.Database.OpenConnectionAsync(ct);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            await connection.RunAsync("SET statement_timeout = 0", ct); // a large table takes as long as it takes, and then the tenant is erased
            foreach (var table in await TablesOfAsync(connection, ct))
            {
                await using var entry = await zip.CreateEntry($"tables/{table}.jsonl").OpenAsync(ct);
                await CopyTableAsync(connection, table, entry, ct);
            }

            await foreach (var stored in objects.ListAsync(ObjectKey.FilesOf(tenantId), ct))
            {
                await using var content = await objects.OpenAsync(stored.Key, ct) ?? Stream.Null;
                await using var entry = await zip.CreateEntry($"objects/{stored.Key}", CompressionLevel.NoCompression).OpenAsync(ct);
                await content.CopyToAsync(entry, ct);
            }
        }

        spool.Position = 0;
        await objects.PutAsync(ObjectKey.OfExport(tenantId), spool, ct);
    }

    private static async Task<List<string>> TablesOfAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tables = new List<string>();
        while (await reader.ReadAsync(ct))
        {
            tables.Add(reader.GetString(0));
        }

        return tables;
    }

    private static async Task CopyTableAsync(NpgsqlConnection connection, string table, Stream entry, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM {Sql.Name(table)} t", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await using var lines = new StreamWriter(entry, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        while (await reader.ReadAsync(ct))
        {
            await lines.WriteLineAsync(reader.GetString(0).AsMemory(), ct);
        }
    }
}
