using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Provides the keys that tokens are signed with: the newest one signs, older ones are accepted until the last token that they
/// signed has expired.
/// </summary>
/// <remarks>
/// Each process caches a copy. It reads the keys again periodically, when the configured secret changes, and when a token names an
/// unknown key, so that a new key can sign at once. While they cannot be read, the last copy is used for the lifetime of an access token.
/// </remarks>
internal sealed partial class SigningKeyRing(
    IServiceScopeFactory scopes,
    IOptionsMonitor<JwtOptions> jwt,
    IOptions<SessionOptions> sessions,
    TimeProvider clock,
    ILogger<SigningKeyRing> logger
) : IDisposable
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The minimum time between queries for unknown keys, so that tokens with invented keys do not cause one each. Reads for other
    /// reasons do not count, because a key may be newer.
    /// </summary>
    private static readonly TimeSpan UnknownKeyInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The time that a request waits for a newer copy while the last one is usable, and the time without retry after a failure.
    /// </summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Copy? _copy;
    private volatile Failure? _failure;

    /// <summary>Returns the key that signs.</summary>
    public async Task<RingKey> GetCurrentKeyAsync(CancellationToken ct) => (await GetCopyAsync(ct)).CurrentKey;

    /// <summary>Returns all accepted keys.</summary>
    public async Task<IReadOnlyDictionary<string, RingKey>> GetKeysAsync(CancellationToken ct) => (await GetCopyAsync(ct)).Keys;

    /// <returns>The key with this id; null when it is not in the ring.</returns>
    public async Task<RingKey?> FindAsync(string id, CancellationToken ct) =>
        (await GetKeysAsync(ct)).GetValueOrDefault(id) ?? (await GetCopyForUnknownKeyAsync(ct)).Keys.GetValueOrDefault(id);

    public void Dispose() => _reading.Dispose();

    private Task<Copy> GetCopyAsync(CancellationToken ct) =>
        GetCopyAsync(copy => clock.GetElapsedTime(copy.ReadAt) < RefreshInterval, forUnknownKey: false, ct);

    // Concurrent requests for unknown keys share one query.
    private Task<Copy> GetCopyForUnknownKeyAsync(CancellationToken ct) =>
        GetCopyAsync(copy => copy.UnknownKeyReadAt is { } at && clock.GetElapsedTime(at) < UnknownKeyInterval, forUnknownKey: true, ct);

    private async Task<Copy> GetCopyAsync(Func<Copy, bool> isFresh, bool forUnknownKey, CancellationToken ct)
    {
        if (_copy is { } copy && IsCurrent(copy, isFresh))
        {
            return copy;
        }

        var began = clock.GetTimestamp();
        var last = forUnknownKey ? null : FindUsableCopy(); // the last copy cannot answer for an unknown key
        var recently = began - (long)(ReadTimeout.TotalSeconds * clock.TimestampFrequency);
        if (last is null)
        {
            await _reading.WaitAsync(ct);
        }
        else if (HasFailedSince(recently) || !await _reading.WaitAsync(TimeSpan.Zero, ct))
        {
            return last;
        }

        try
        {
            if (_copy is { } meanwhile && IsCurrent(meanwhile, isFresh))
            {
                return meanwhile;
            }

            if (last is null && _failure is { } failure && failure.At > began)
            {
                // A request that waited for a failed read does not start another.
                throw new ServiceUnavailableException("The signing keys cannot be read at the moment.", failure.Cause);
            }

            var reading = ReadAsync(ct);
            var read = await (last is null ? reading : reading.WaitAsync(ReadTimeout, clock, ct));
            return _copy = read with { UnknownKeyReadAt = forUnknownKey ? read.ReadAt : _copy?.UnknownKeyReadAt };
        }
        catch (Exception e) when (!ct.IsCancellationRequested && (e is TimeoutException || PostgresFailures.IsServerUnavailable(e)))
        {
            if (!HasFailedSince(began))
            {
                _failure = new Failure(e, clock.GetTimestamp());
            }

            if (last is null)
            {
                throw;
            }

            LogKept(e, (int)clock.GetElapsedTime(last.ReadAt).TotalSeconds);
            return last;
        }
        finally
        {
            _reading.Release();
        }
    }

    // Keys of a secret that was removed from the configuration are no longer accepted and cannot sign.
    private Copy? FindUsableCopy()
    {
        if (_copy is not { } copy || clock.GetElapsedTime(copy.ReadAt) >= sessions.Value.AccessTokenLifetime)
        {
            return null;
        }

        if (ReferenceEquals(copy.Options, jwt.CurrentValue))
        {
            return copy;
        }

        var options = jwt.CurrentValue;
        var fingerprints = options.RetiredSigningKeys.Append(options.SigningKey).Select(SigningKey.ComputeFingerprint).ToHashSet();
        return fingerprints.Contains(copy.CurrentKey.SecretFingerprint)
            ? copy with
            {
                Keys = copy.Keys.Where(key => fingerprints.Contains(key.Value.SecretFingerprint)).ToDictionary(),
            }
            : null;
    }

    private bool HasFailedSince(long timestamp) => _failure is { } failure && failure.At > timestamp;

    private bool IsCurrent(Copy copy, Func<Copy, bool> isFresh) => ReferenceEquals(copy.Options, jwt.CurrentValue) && isFresh(copy);

    private async Task<Copy> ReadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        var options = jwt.CurrentValue;
        var fingerprint = SigningKey.ComputeFingerprint(options.SigningKey);
        var secrets = options
            .RetiredSigningKeys.Prepend(options.SigningKey)
            .DistinctBy(SigningKey.ComputeFingerprint)
            .ToDictionary(SigningKey.ComputeFingerprint);

        while (true)
        {
            var rows = await db.SigningKeys.AsNoTracking().Where(key => secrets.Keys.Contains(key.SecretFingerprint)).ToListAsync(ct);
            if (rows.Find(key => key.RetiredAt is null && key.SecretFingerprint == fingerprint) is { } currentKey)
            {
                var keys = rows.ToDictionary(key => key.Id, key => new RingKey(key, secrets[key.SecretFingerprint]));
                return new Copy(options, keys, keys[currentKey.Id], clock.GetTimestamp());
            }

            await CreateFirstAsync(db, options.SigningKey, ct);
        }
    }

    // Runs at the first start, and at the first with a new secret; a unique index lets only one of several processes insert.
    private async Task CreateFirstAsync(ControlDbContext db, string secret, CancellationToken ct)
    {
        db.SigningKeys.Add(SigningKey.Create(secret, clock.GetUtcNow()));
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(SigningKey.Mapping.CurrentKeyIndex))
        {
            // Another process has inserted the key.
        }

        db.ChangeTracker.Clear();
    }

    private sealed record Copy(JwtOptions Options, IReadOnlyDictionary<string, RingKey> Keys, RingKey CurrentKey, long ReadAt)
    {
        /// <summary>The time of the last read for an unknown key.</summary>
        public long? UnknownKeyReadAt { get; init; }
    }

    private sealed record Failure(Exception Cause, long At);

    [LoggerMessage(
        EventId = 4601,
        Level = LogLevel.Warning,
        Message = "The signing keys could not be read; the copy read {Seconds} s ago stays in use"
    )]
    private partial void LogKept(Exception exception, int seconds);
}

/// <summary>A usable key: its row and the secret that it is derived from.</summary>
internal sealed class RingKey(SigningKey row, string secret)
{
    private readonly Lazy<SymmetricSecurityKey> _accessTokenKey = new(() =>
        new SymmetricSecurityKey(row.Derive(secret, "access-token")) { KeyId = row.Id }
    );
    private readonly Lazy<byte[]> _hmacTokenKey = new(() => row.Derive(secret, "computed-token"));

    public string Id => row.Id;

    public string SecretFingerprint => row.SecretFingerprint;

    /// <summary>The key of access tokens.</summary>
    public SymmetricSecurityKey AccessTokenKey => _accessTokenKey.Value;

    /// <summary>The key of <see cref="HmacTokens"/>.</summary>
    public byte[] HmacTokenKey => _hmacTokenKey.Value;
}
