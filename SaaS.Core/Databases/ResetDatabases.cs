using Npgsql;
using SaaS.Platform.Objects;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Databases;

/// <summary>Makes an empty installation of whatever there is. For development: nothing that is lost here comes back.</summary>
internal sealed class ResetDatabases(DatabaseAdmin admin, ObjectStore objects, MigrateDatabases migrate)
{
    /// <returns>How many tenants there were.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var tenants = await FindTenantsAsync(ct);
        foreach (var (id, database, role) in tenants)
        {
            await admin.DropDatabaseAsync(database, ct);
            await admin.DropRoleAsync(role, ct);
            await objects.DeleteAllAsync(ObjectKey.FilesOf(id), ct);
            await objects.DeleteAsync(ObjectKey.OfExport(id), ct);
        }

        await using (var control = admin.CreateConnection())
        {
            await control.OpenAsync(ct);
            await control.RunAsync("DROP SCHEMA public CASCADE", ct);
            await control.RunAsync("CREATE SCHEMA public", ct);
        }

        await migrate.RunAsync(new MigrationRequest(), progress: null, ct);
        return tenants.Count;
    }

    private async Task<List<(Guid Id, string Database, string Role)>> FindTenantsAsync(CancellationToken ct)
    {
        var tenants = new List<(Guid, string, string)>();
        await using var control = admin.CreateConnection();
        await control.OpenAsync(ct);
        await using var made = new NpgsqlCommand("SELECT to_regclass('tenants') IS NOT NULL", control);
        if (await made.ExecuteScalarAsync(ct) is not true)
        {
            return tenants;
        }

        await using var command = new NpgsqlCommand("SELECT id, database_name, database_role FROM tenants", control);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            tenants.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        }

        return tenants;
    }
}
