using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

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

    /// <summary>There is no server to talk to, or none that can be understood: nothing that anybody asks for can be done until it is back.</summary>
    public static bool IsConnectionLost(Exception exception) => exception switch
    {
        _ when IsNonsense(exception) => true,
        PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal)
            || e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException { InnerException: IOException or SocketException } or SocketException => true,
        _ => exception.InnerException is { } inner && IsConnectionLost(inner),
    };

    /// <summary>
    /// The server is away, starting, stopping, full, read-only, not to be understood, or does not take our password: the same call may
    /// succeed later.
    /// </summary>
    public static bool IsServerAway(Exception exception) =>
        exception is NpgsqlException { IsTransient: true }
        || (exception is PostgresException refused && (IsSignInRefused(refused) || IsStopped(refused)))
        || exception is SocketException // what the driver throws as it is when the server's name cannot be resolved
        || IsNonsense(exception)
        || (exception.InnerException is { } inner && IsServerAway(inner));

    /// <summary>Whatever the server or the way to it has done, by itself: for loops that have to outlive it.</summary>
    public static bool IsOfServer(Exception exception) => exception is NpgsqlException or SocketException || IsNonsense(exception);

    /// <summary>The role may not sign in, or not with this password.</summary>
    public static bool IsSignInRefused(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;

    // Stopping, or a standby: it changes nothing.
    private static bool IsStopped(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown;

    /// <summary>Explains to whoever operates a host why PostgreSQL cannot be worked with; null for anything else.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        PostgresException refused when IsSignInRefused(refused) =>
            $"PostgreSQL refuses the sign-in: {refused.MessageText}. See the connection strings.",
        PostgresException e when IsServerAway(e) => $"PostgreSQL cannot do it now: {e.MessageText}.",
        NpgsqlException { InnerException: SocketException socket } unreached =>
            $"PostgreSQL cannot be reached: {unreached.Message} ({socket.Message}). See the connection strings.",
        NpgsqlException lost when IsServerAway(lost) => $"PostgreSQL cannot be reached: {lost.Message}. See the connection strings.",
        SocketException socket when socket.StackTrace?.Contains("Npgsql.", StringComparison.Ordinal) is true => // others resolve names, too
            $"PostgreSQL cannot be reached, because its server's name cannot be resolved: {socket.Message}. See Host in the connection strings.",
        _ => exception.InnerException is { } inner ? Explain(inner) : null,
    };

    // What came is none of the protocol's words (or, over TLS, not what was sent). The driver says so with an exception of its own that has no
    // cause to tell, or takes itself to be broken, which it then says at the end of the message, in an exception of whatever type.
    private static bool IsNonsense(Exception exception) => exception switch
    {
        PostgresException or NpgsqlOperationInProgressException => false,
        NpgsqlException { InnerException: null or AuthenticationException } => true,
        _ => exception.Source == "Npgsql" && exception.Message.EndsWith("lease file a bug.", StringComparison.Ordinal),
    };
}
