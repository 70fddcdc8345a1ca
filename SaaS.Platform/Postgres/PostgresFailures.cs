using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>The failures of PostgreSQL that a use case expects, by name.</summary>
public static class PostgresFailures
{
    /// <summary>Somebody else has just written a row that this one must not repeat.</summary>
    public static bool IsUniqueViolation(this DbUpdateException exception, string constraint) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } e && e.ConstraintName == constraint;

    /// <summary>The server is away, starting, stopping or full: the same call may succeed later.</summary>
    public static bool IsServerAway(Exception exception) =>
        exception is NpgsqlException { IsTransient: true }
        || (exception.InnerException is { } inner && IsServerAway(inner));
}
