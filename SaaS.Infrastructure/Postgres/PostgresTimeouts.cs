using System.Data.Common;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>How long a host waits for PostgreSQL where its connection string does not say it.</summary>
/// <param name="Connect">For a connection.</param>
/// <param name="Command">For a statement.</param>
public sealed record PostgresTimeouts(TimeSpan Connect, TimeSpan Command)
{
    /// <summary>For a host that people wait for: 10 s at most, because the driver asks for a cancellation over another connection first.</summary>
    public static readonly PostgresTimeouts OfRequests = new(Connect: TimeSpan.FromSeconds(4), Command: TimeSpan.FromSeconds(6));

    internal void Apply(NpgsqlConnectionStringBuilder connection, string configured)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = configured };
        if (!given.ContainsKey("Timeout"))
        {
            connection.Timeout = (int)Connect.TotalSeconds;
        }

        if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
        {
            connection.CommandTimeout = (int)Command.TotalSeconds;
        }
    }
}
