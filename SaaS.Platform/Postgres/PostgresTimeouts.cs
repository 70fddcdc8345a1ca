using System.Data.Common;
using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>How long a host waits for PostgreSQL where its connection string does not say it.</summary>
/// <param name="Connect">For a connection.</param>
/// <param name="Command">For a statement.</param>
public sealed record PostgresTimeouts(TimeSpan Connect, TimeSpan Command)
{
    /// <summary>For a host that people wait for. A server that hangs does not hear that a statement is cancelled either, so nobody waits for that.</summary>
    public static readonly PostgresTimeouts OfRequests = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

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

        if (!given.ContainsKey("Cancellation Timeout") && !given.ContainsKey("CancellationTimeout"))
        {
            connection.CancellationTimeout = -1;
        }
    }
}
