using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// A lock that lives in a database session: whoever holds it dies with it, so that nothing has to expire
/// and a successor takes over as soon as the server sees the connection gone.
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

    /// <summary>Takes the lock of this name if it is free.</summary>
    /// <param name="connection">An open connection; the lock lives as long as it is held and the session lives.</param>
    /// <param name="name">Any text; the same text is the same lock within one database.</param>
    public static async Task<AdvisoryLock?> TryAcquireAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var key = KeyOf(name);
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = key } } };
        return await command.ExecuteScalarAsync(ct) is true ? new AdvisoryLock(connection, key) : null;
    }

    /// <summary>Waits until the lock of this name is free, and takes it.</summary>
    public static async Task<AdvisoryLock> AcquireAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var key = KeyOf(name);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { Parameters = { new() { Value = key } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
        return new AdvisoryLock(connection, key);
    }

    /// <summary>
    /// Waits until the lock of this name is free, by asking again and again. A statement that waits in the server holds a
    /// snapshot, and whoever builds an index CONCURRENTLY under the lock would wait for that: both, for ever.
    /// </summary>
    public static async Task<AdvisoryLock> PollAsync(NpgsqlConnection connection, string name, TimeProvider clock, CancellationToken ct)
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

    /// <summary>The two numbers under which <c>pg_locks</c> shows the lock of this name (<c>classid</c>, <c>objid</c>).</summary>
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
            await using var command = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", _connection) { Parameters = { new() { Value = _key } } };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    internal static long KeyOf(string name) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
