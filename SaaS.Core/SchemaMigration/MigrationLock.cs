using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.SchemaMigration;

/// <summary>
/// The lock that a run holds in a tenant's database while it migrates it. The server shows locks across databases, so
/// it is also the truth about what is under way: it dies with its holder, a row in a table would not.
/// </summary>
internal static class MigrationLock
{
    public const string Name = "migrate";

    /// <summary>The databases that are being migrated at this moment.</summary>
    public static IQueryable<string> UnderWay(ControlDbContext db)
    {
        var (high, low) = AdvisoryLock.PartsOf(Name);
        return db.Database.SqlQuery<string>(
            $"""
            SELECT d.datname::text AS "Value" FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = {high} AND l.objid::bigint = {low} AND l.objsubid = 1
              AND d.datname <> current_database()
            """);
    }
}
