using System.IO.Compression;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>
/// Exports a tenant's data as a ZIP archive: a JSON Lines file for each table, and its objects under their keys. The tables are read
/// from the catalog, so that new tables are included automatically.
/// </summary>
internal sealed class ExportTenant(SystemTenantAccess tenantAccess, TenantDbFactory databases, ObjectStore objects)
{
    /// <summary>Creates the export if it was requested and does not exist yet.</summary>
    /// <returns>False when the tenant is unavailable or has unpublished events; the erasure has to wait.</returns>
    public async Task<bool> RunAsync(Tenant tenant, Actor actor, CancellationToken ct)
    {
        if (await tenantAccess.GetScopeAsync(tenant.Id, actor, ct) is not { } scope)
        {
            return false;
        }

        await using var db = await databases.OpenAsync(scope, ct);
        if (await db.OutboxMessages.AnyAsync(ct))
        {
            return false;
        }

        if (tenant.ExportWanted && !await objects.ExistsAsync(ObjectKey.ForExport(tenant.Id), ct))
        {
            await ExportAsync(tenant.Id, db, ct);
        }

        return true;
    }

    private async Task ExportAsync(Guid tenantId, TenantDbContext db, CancellationToken ct)
    {
        await using var spool = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            }
        );

        await using (var zip = new ZipArchive(spool, ZipArchiveMode.Create, leaveOpen: true))
        {
            await db.Database.OpenConnectionAsync(ct);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            await connection.RunAsync("SET statement_timeout = 0", ct); // large tables take long
            foreach (var table in await ListTablesAsync(connection, ct))
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
        await objects.PutAsync(ObjectKey.ForExport(tenantId), spool, ct);
    }

    private static async Task<List<string>> ListTablesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
            connection
        );
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
        await using var lines = new StreamWriter(entry, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true)
        {
            NewLine = "\n",
        };
        while (await reader.ReadAsync(ct))
        {
            await lines.WriteLineAsync(reader.GetString(0).AsMemory(), ct);
        }
    }
}
