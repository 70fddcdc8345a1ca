using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// A lock of a database session: it ends with the session, so that it never has to expire and a successor takes over at once.
/// </summary>
public sealed class AdvisoryLock : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlConnection _connection;
    private readonly long _key;

    private AdvisoryLock(NpgsqlConnection connection, long key)
    {
        _connection = connection;
        _key = key;
    }

    /// <summary>Acquires the lock if it is free.</summary>
    /// <param name="connection">An open connection; the lock ends with its session.</param>
    /// <param name="name">Any text; the same text is the same lock within one database.</param>
    public static async Task<AdvisoryLock?> TryAcquireAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var key = KeyOf(name);
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = key } },
        };
        return await command.ExecuteScalarAsync(ct) is true ? new AdvisoryLock(connection, key) : null;
    }

    /// <summary>Waits until the lock is free, and acquires it.</summary>
    public static async Task<AdvisoryLock> AcquireAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var key = KeyOf(name);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = key } },
            CommandTimeout = 0,
        };
        await command.ExecuteNonQueryAsync(ct);
        return new AdvisoryLock(connection, key);
    }

    /// <summary>
    /// Waits until the lock is free, by polling. A statement that waits in the server holds a snapshot, and CREATE INDEX CONCURRENTLY under
    /// the lock would wait for that snapshot: a deadlock.
    /// </summary>
    public static async Task<AdvisoryLock> AcquireByPollingAsync(
        NpgsqlConnection connection,
        string name,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        while (true)
        {
            if (await TryAcquireAsync(connection, name, ct) is { } taken)
            {
                return taken;
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    /// <summary>Returns the numbers (<c>classid</c>, <c>objid</c>) under which <c>pg_locks</c> shows the lock.</summary>
    public static (long High, long Low) PartsOf(string name)
    {
        var key = KeyOf(name);
        return ((long)((ulong)key >> 32), key & 0xFFFF_FFFF);
    }

    public async ValueTask DisposeAsync()
    {
        // A broken session has released the lock already.
        if (_connection.FullState is System.Data.ConnectionState.Open)
        {
            await using var command = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", _connection)
            {
                Parameters = { new() { Value = _key } },
            };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    internal static long KeyOf(string name) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
