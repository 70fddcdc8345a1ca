using System.Data.Common;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>The PostgreSQL timeouts of a host, where its connection string does not set them.</summary>
/// <param name="Connect">The connection timeout.</param>
/// <param name="Command">The command timeout.</param>
public sealed record PostgresTimeouts(TimeSpan Connect, TimeSpan Command)
{
    /// <summary>
    /// The timeouts of a host that serves requests: 10 s in total, because the driver first sends a cancellation over another connection.
    /// </summary>
    public static readonly PostgresTimeouts ForRequests = new(Connect: TimeSpan.FromSeconds(4), Command: TimeSpan.FromSeconds(6));

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
