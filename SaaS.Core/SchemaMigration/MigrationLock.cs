using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>
/// The lock that a run holds in a tenant's database during its migration. It also shows which migrations are running, because the server
/// lists locks across databases and releases them when their holder dies.
/// </summary>
internal static class MigrationLock
{
    public const string Name = "migrate";

    /// <summary>Queries the names of the databases that are being migrated.</summary>
    public static IQueryable<string> MigratingDatabases(ControlDbContext db)
    {
        var (high, low) = AdvisoryLock.PartsOf(Name);
        return db.Database.SqlQuery<string>(
            $"""
            SELECT d.datname::text AS "Value" FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = {high} AND l.objid::bigint = {low} AND l.objsubid = 1
              AND d.datname <> current_database()
            """
        );
    }
}
