using Npgsql;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>Deletes all data and creates an empty installation, for development. The data cannot be restored.</summary>
internal sealed class ResetDatabases(DatabaseAdmin admin, ObjectStore objects, MailSender mails, MigrateDatabases migrate)
{
    /// <returns>The number of deleted tenants.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        await using var control = await admin.OpenAsync(ct);
        var tenants = await FindTenantsAsync(control, ct);
        foreach (var (id, database, role) in tenants)
        {
            await DatabaseAdmin.DropDatabaseAsync(control, database, ct);
            await DatabaseAdmin.DropRoleAsync(control, role, ct);
            await objects.DeleteAllAsync(ObjectKey.FilesOf(id), ct);
            await objects.DeleteAsync(ObjectKey.ForExport(id), ct);
        }

        await mails.DeleteSentAsync(ct); // their links refer to deleted accounts
        await control.RunAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public", ct);
        await migrate.RunAsync(new MigrationRequest(), progress: null, ct);
        return tenants.Count;
    }

    private static async Task<List<(Guid Id, string Database, string Role)>> FindTenantsAsync(
        NpgsqlConnection control,
        CancellationToken ct
    )
    {
        var tenants = new List<(Guid, string, string)>();
        await using var existsCommand = new NpgsqlCommand("SELECT to_regclass('tenants') IS NOT NULL", control);
        if (await existsCommand.ExecuteScalarAsync(ct) is not true)
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
