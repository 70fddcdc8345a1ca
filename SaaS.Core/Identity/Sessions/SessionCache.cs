using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Whom this process found signed in some seconds ago. The database tells every process of a session's end, in the
/// transaction that ends it; a process that cannot hear it remembers nobody, so that the row decides.
/// </summary>
internal sealed class SessionCache(PostgresNotifications signals, IOptions<SessionOptions> options, TimeProvider clock) : BackgroundService
{
    /// <summary>What the trigger on <c>sessions</c> tells of; about a session's id.</summary>
    public const string SessionEnded = "session_ended";

    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Guid, Remembered> _bySession = [];
    private readonly Lock _changing = new();
    private bool _hears;
    private long _ends;

    /// <summary>How many ends were heard. Whoever reads a row to remember it asks before it reads.</summary>
    public long Ends => Volatile.Read(ref _ends);

    public CurrentUser? Find(Guid userId, Guid sessionId) =>
        _bySession.TryGetValue(sessionId, out var remembered) && remembered.Until > clock.GetUtcNow() && remembered.Caller.UserId == userId ? remembered.Caller : null;

    /// <summary>Remembers what the row said, unless a session has ended since it was read: it may have been this one.</summary>
    public void Remember(CurrentUser currentUser, DateTimeOffset sessionExpiresAt, long endsBefore)
    {
        var now = clock.GetUtcNow();
        var until = now + options.Value.CheckLifetime;
        lock (_changing)
        {
            if (_hears && _ends == endsBefore)
            {
                MakeRoom(now);
                _bySession[currentUser.SessionId] = new Remembered(currentUser, until < sessionExpiresAt ? until : sessionExpiresAt);
            }
        }
    }

    public void Forget(Guid sessionId)
    {
        lock (_changing)
        {
            _ends++;
            _bySession.TryRemove(sessionId, out _);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        signals.ListenAsync(SessionEnded, about => Forget(Guid.Parse(about)), clock, stoppingToken, Hear);

    private void Hear(bool hears)
    {
        lock (_changing)
        {
            _hears = hears;
            _ends++; // what was read while nobody listened may have ended since
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
            _bySession.Clear(); // more people at once than this process may remember: their rows are asked
        }
    }

    private sealed record Remembered(CurrentUser Caller, DateTimeOffset Until);
}
