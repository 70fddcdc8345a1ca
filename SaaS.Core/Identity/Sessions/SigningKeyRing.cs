using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// The keys that tokens are signed with: the newest one signs, and the ones before it are believed until the last token
/// that they signed has expired. Each process keeps a copy and reads it anew from time to time, and when a token names a
/// key that it does not know; so a key may sign the moment it exists. Another secret in the configuration makes it read at once.
/// While it cannot be read, the last copy is believed for as long as an access token lives.
/// </summary>
internal sealed partial class SigningKeyRing(
    IServiceScopeFactory scopes, IOptionsMonitor<JwtOptions> jwt, IOptions<SessionOptions> sessions, TimeProvider clock, ILogger<SigningKeyRing> logger)
    : IDisposable
{
    private static readonly TimeSpan ReadAnew = TimeSpan.FromMinutes(1);

    /// <summary>Tokens with invented keys must not make a query each. What was read for another reason meanwhile does not count: a key may be younger.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a request waits for a newer copy where the last one can be believed, and nobody tries again after a failure.</summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Copy? _copy;
    private volatile Failure? _failure;

    /// <summary>The key that signs.</summary>
    public async Task<RingKey> InUseAsync(CancellationToken ct) => (await CopyAsync(ct)).InUse;

    /// <summary>Every key that is believed.</summary>
    public async Task<IReadOnlyDictionary<string, RingKey>> AllAsync(CancellationToken ct) => (await CopyAsync(ct)).Keys;

    /// <returns>The key of this name; null when there is none in the ring.</returns>
    public async Task<RingKey?> FindAsync(string id, CancellationToken ct) =>
        (await AllAsync(ct)).GetValueOrDefault(id) ?? (await AskAsync(ct)).Keys.GetValueOrDefault(id);

    public void Dispose() => _reading.Dispose();

    private Task<Copy> CopyAsync(CancellationToken ct) => CopyAsync(copy => clock.GetElapsedTime(copy.ReadAt) < ReadAnew, isAsked: false, ct);

    // Whoever comes while somebody else asks waits for the same answer.
    private Task<Copy> AskAsync(CancellationToken ct) => CopyAsync(copy => copy.AskedAt is { } at && clock.GetElapsedTime(at) < Pause, isAsked: true, ct);

    private async Task<Copy> CopyAsync(Func<Copy, bool> isYoung, bool isAsked, CancellationToken ct)
    {
        if (_copy is { } copy && IsGood(copy, isYoung))
        {
            return copy;
        }

        var began = clock.GetTimestamp();
        var last = isAsked ? null : Believed(); // the last copy does not answer for a key that it does not have
        var lately = began - (long)(ReadTimeout.TotalSeconds * clock.TimestampFrequency);
        if (last is null)
        {
            await _reading.WaitAsync(ct);
        }
        else if (HasFailedSince(lately) || !await _reading.WaitAsync(TimeSpan.Zero, ct))
        {
            return last;
        }

        try
        {
            if (_copy is { } meanwhile && IsGood(meanwhile, isYoung))
            {
                return meanwhile;
            }

            if (last is null && _failure is { } failure && failure.At > began)
            {
                // Whoever waited for one attempt does not begin another.
                throw new ServiceUnavailableException("The signing keys could not be read just now.", failure.Cause);
            }

            var reading = ReadAsync(ct);
            var read = await (last is null ? reading : reading.WaitAsync(ReadTimeout, clock, ct));
            return _copy = read with { AskedAt = isAsked ? read.ReadAt : _copy?.AskedAt };
        }
        catch (Exception e) when (!ct.IsCancellationRequested && (e is TimeoutException || PostgresFailures.IsServerAway(e)))
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

    // Keys of a secret that the configuration has no more are not believed, and then nothing can be signed with either.
    private Copy? Believed()
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
        var fingerprints = options.RetiredSigningKeys.Append(options.SigningKey).Select(SigningKey.FingerprintOf).ToHashSet();
        return fingerprints.Contains(copy.InUse.SecretFingerprint)
            ? copy with { Keys = copy.Keys.Where(key => fingerprints.Contains(key.Value.SecretFingerprint)).ToDictionary() }
            : null;
    }

    private bool HasFailedSince(long timestamp) => _failure is { } failure && failure.At > timestamp;

    private bool IsGood(Copy copy, Func<Copy, bool> isYoung) => ReferenceEquals(copy.Options, jwt.CurrentValue) && isYoung(copy);

    private async Task<Copy> ReadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        var options = jwt.CurrentValue;
        var fingerprint = SigningKey.FingerprintOf(options.SigningKey);
        var secrets = options.RetiredSigningKeys.Prepend(options.SigningKey).DistinctBy(SigningKey.FingerprintOf).ToDictionary(SigningKey.FingerprintOf);

        while (true)
        {
            var rows = await db.SigningKeys.AsNoTracking().Where(key => secrets.Keys.Contains(key.SecretFingerprint)).ToListAsync(ct);
            if (rows.Find(key => key.RetiredAt is null && key.SecretFingerprint == fingerprint) is { } inUse)
            {
                var keys = rows.ToDictionary(key => key.Id, key => new RingKey(key, secrets[key.SecretFingerprint]));
                return new Copy(options, keys, keys[inUse.Id], clock.GetTimestamp());
            }

            await MakeFirstAsync(db, options.SigningKey, ct);
        }
    }

    // The first start, or the first with another secret. Of two processes that come here together the index lets one insert.
    private async Task MakeFirstAsync(ControlDbContext db, string secret, CancellationToken ct)
    {
        db.SigningKeys.Add(SigningKey.New(secret, clock.GetUtcNow()));
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(SigningKey.Mapping.OneInUse))
        {
            // The other one's is as good.
        }

        db.ChangeTracker.Clear();
    }

    private sealed record Copy(JwtOptions Options, IReadOnlyDictionary<string, RingKey> Keys, RingKey InUse, long ReadAt)
    {
        /// <summary>When it was last read because of a key that was not in it.</summary>
        public long? AskedAt { get; init; }
    }

    private sealed record Failure(Exception Cause, long At);

    [LoggerMessage(EventId = 4601, Level = LogLevel.Warning,
        Message = "The signing keys could not be read; those that were read {Seconds} s ago are believed")]
    private partial void LogKept(Exception exception, int seconds);
}

/// <summary>A key that can be used: its row, and the secret that it is derived from.</summary>
internal sealed class RingKey(SigningKey row, string secret)
{
    private readonly Lazy<SymmetricSecurityKey> _accessTokens = new(() => new SymmetricSecurityKey(row.Derive(secret, "access-token")) { KeyId = row.Id });
    private readonly Lazy<byte[]> _computedTokens = new(() => row.Derive(secret, "computed-token"));

    public string Id => row.Id;

    public string SecretFingerprint => row.SecretFingerprint;

    /// <summary>Signs access tokens.</summary>
    public SymmetricSecurityKey ForAccessTokens => _accessTokens.Value;

    /// <summary>Signs tokens that are computed: <see cref="HmacTokens"/>.</summary>
    public byte[] ForComputedTokens => _computedTokens.Value;
}
