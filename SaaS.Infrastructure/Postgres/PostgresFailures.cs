using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>Classifies failures of PostgreSQL.</summary>
public static class PostgresFailures
{
    /// <summary>Indicates that another transaction has just written a row that must be unique.</summary>
    public static bool IsUniqueViolation(this DbUpdateException exception, string constraint) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } e && e.ConstraintName == constraint;

    /// <summary>Indicates text that PostgreSQL cannot store, such as a NUL character.</summary>
    public static bool IsUnstorableText(Exception exception) =>
        exception
            is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }
        || (exception.InnerException is { } inner && IsUnstorableText(inner));

    /// <summary>Indicates that the server cannot be reached, or that its answer is malformed.</summary>
    public static bool IsConnectionLost(Exception exception) =>
        exception switch
        {
            _ when IsMalformed(exception) => true,
            PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal)
                || e.SqlState
                    is PostgresErrorCodes.AdminShutdown
                        or PostgresErrorCodes.CrashShutdown
                        or PostgresErrorCodes.CannotConnectNow,
            NpgsqlException { InnerException: IOException or SocketException } or SocketException => true,
            _ => exception.InnerException is { } inner && IsConnectionLost(inner),
        };

    /// <summary>
    /// Indicates that the server is unreachable, starting, stopping, full, read-only or malformed, or rejects our password: the same call
    /// may succeed later.
    /// </summary>
    public static bool IsServerUnavailable(Exception exception) =>
        exception is NpgsqlException { IsTransient: true }
        || (exception is PostgresException refused && (IsLoginRejected(refused) || IsStopped(refused)))
        || exception is SocketException // thrown unwrapped by the driver when the host name cannot be resolved
        || IsMalformed(exception)
        || (exception.InnerException is { } inner && IsServerUnavailable(inner));

    /// <summary>Indicates any failure of the server or of the connection; for loops that must survive it.</summary>
    public static bool IsServerFailure(Exception exception) => exception is NpgsqlException or SocketException || IsMalformed(exception);

    /// <summary>Indicates that the server rejected the role or its password.</summary>
    public static bool IsLoginRejected(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;

    // The server is stopping, or is a read-only standby.
    private static bool IsStopped(PostgresException exception) =>
        exception.SqlState
            is PostgresErrorCodes.ReadOnlySqlTransaction
                or PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown;

    /// <summary>Explains to the operator why PostgreSQL cannot be used; null for anything else.</summary>
    public static string? Explain(Exception exception) =>
        exception switch
        {
            PostgresException refused when IsLoginRejected(refused) =>
                $"PostgreSQL rejected the login: {refused.MessageText}. See the connection strings.",
            PostgresException e when IsServerUnavailable(e) => $"PostgreSQL is unavailable: {e.MessageText}.",
            NpgsqlException { InnerException: SocketException socket } unreached =>
                $"PostgreSQL cannot be reached: {unreached.Message} ({socket.Message}). See the connection strings.",
            NpgsqlException lost when IsServerUnavailable(lost) =>
                $"PostgreSQL cannot be reached: {lost.Message}. See the connection strings.",
            // Other libraries resolve names, too
            SocketException socket when socket.StackTrace?.Contains("Npgsql.", StringComparison.Ordinal) is true =>
                $"PostgreSQL cannot be reached, because the host name cannot be resolved: {socket.Message}. See Host in the connection strings.",
            _ => exception.InnerException is { } inner ? Explain(inner) : null,
        };

    // A malformed answer (or, over TLS, a tampered one). The driver reports it with an exception without a cause, or with an exception of
    // any type whose message asks to file a bug.
    private static bool IsMalformed(Exception exception) =>
        exception switch
        {
            PostgresException or NpgsqlOperationInProgressException => false,
            NpgsqlException { InnerException: null or AuthenticationException } => true,
            _ => exception.Source == "Npgsql" && exception.Message.EndsWith("lease file a bug.", StringComparison.Ordinal),
        };
}
