using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Caches the current users of valid sessions for a few seconds. The database notifies every process of a session's end, in the
/// transaction that ends it; a process that receives no notifications caches nothing, so that the row decides.
/// </summary>
internal sealed class SessionCache(PostgresNotifications notifications, IOptions<SessionOptions> options, TimeProvider clock)
    : BackgroundService
{
    /// <summary>The notification channel of the trigger on <c>sessions</c>; its payload is a session's id.</summary>
    public const string SessionEnded = "session_ended";

    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Guid, CachedSession> _bySession = [];
    private readonly Lock _changing = new();
    private bool _isListening;
    private long _endCount;

    /// <summary>The number of notifications received. Read it before reading a row that is to be cached.</summary>
    public long EndCount => Volatile.Read(ref _endCount);

    public CurrentUser? Find(Guid userId, Guid sessionId) =>
        _bySession.TryGetValue(sessionId, out var cached) && cached.Until > clock.GetUtcNow() && cached.CurrentUser.UserId == userId
            ? cached.CurrentUser
            : null;

    /// <summary>Caches the row, unless a session has ended since the row was read: it may have been this one.</summary>
    public void Add(CurrentUser currentUser, DateTimeOffset sessionExpiresAt, long endsBefore)
    {
        var now = clock.GetUtcNow();
        var until = now + options.Value.CheckLifetime;
        lock (_changing)
        {
            if (_isListening && _endCount == endsBefore)
            {
                MakeRoom(now);
                _bySession[currentUser.SessionId] = new CachedSession(currentUser, until < sessionExpiresAt ? until : sessionExpiresAt);
            }
        }
    }

    public void Evict(Guid sessionId)
    {
        lock (_changing)
        {
            _endCount++;
            _bySession.TryRemove(sessionId, out _);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        notifications.ListenAsync(SessionEnded, about => Evict(Guid.Parse(about)), clock, stoppingToken, OnListeningChanged);

    private void OnListeningChanged(bool isListening)
    {
        lock (_changing)
        {
            _isListening = isListening;
            _endCount++; // a session read while the process was not listening may have ended since
            _bySession.Clear();
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        if (_bySession.Count < Capacity)
        {
            return;
        }

        foreach (var (sessionId, _) in _bySession.Where(entry => entry.Value.Until <= now))
        {
            _bySession.TryRemove(sessionId, out _);
        }

        if (_bySession.Count >= Capacity)
        {
            _bySession.Clear(); // more concurrent sessions than the capacity: read their rows again
        }
    }

    private sealed record CachedSession(CurrentUser CurrentUser, DateTimeOffset Until);
}
