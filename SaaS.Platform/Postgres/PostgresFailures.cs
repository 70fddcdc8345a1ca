using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>The failures of PostgreSQL that a use case expects, by name.</summary>
public static class PostgresFailures
{
    /// <summary>Somebody else has just written a row that this one must not repeat.</summary>
    public static bool IsUniqueViolation(this DbUpdateException exception, string constraint) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } e && e.ConstraintName == constraint;

    /// <summary>Text that PostgreSQL cannot store, such as a NUL character.</summary>
    public static bool IsUnstorableText(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }
        || (exception.InnerException is { } inner && IsUnstorableText(inner));

    /// <summary>There is no server to talk to: nothing that anybody asks for can be done until it is back.</summary>
    public static bool IsConnectionLost(Exception exception) => exception switch
    {
        PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal)
            || e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => exception.InnerException is { } inner && IsConnectionLost(inner),
    };

    /// <summary>The server is away, starting, stopping or full: the same call may succeed later.</summary>
    public static bool IsServerAway(Exception exception) =>
        exception is NpgsqlException { IsTransient: true }
        || (exception.InnerException is { } inner && IsServerAway(inner));
}
