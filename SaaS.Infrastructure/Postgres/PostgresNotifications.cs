using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using SaaS.Infrastructure.Resilience;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Wakes other processes through the control database (NOTIFY); all channels of a process share one connection. A notification may get
/// lost, so every listener also polls.
/// </summary>
public sealed partial class PostgresNotifications(NpgsqlDataSource control, ILogger<PostgresNotifications> logger) : IDisposable
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Channel, string About), bool> _unsent = [];
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private CancellationTokenSource _changed = new();
    private CancellationTokenSource? _ending;
    private Task _listening = Task.CompletedTask;
    private int _sending;

    /// <summary>Sends a notification in the background; duplicates that are not sent yet are merged.</summary>
    public void Send(string channel, string payload)
    {
        _unsent[(channel, payload)] = true;
        if (Interlocked.Exchange(ref _sending, 1) == 0)
        {
            _ = Task.Run(SendAllAsync);
        }
    }

    private async Task SendAllAsync()
    {
        do
        {
            while (_unsent.Keys.ToArray() is { Length: > 0 } batch)
            {
                foreach (var signal in batch)
                {
                    _unsent.TryRemove(signal, out _); // before it is sent, so that a later notification is not merged into this one
                }

                await SendAsync(batch);
            }

            Volatile.Write(ref _sending, 0);
        } while (!_unsent.IsEmpty && Interlocked.Exchange(ref _sending, 1) == 0);
    }

    private async Task SendAsync((string Channel, string About)[] batch)
    {
        try
        {
            await using var command = control.CreateCommand(
                "SELECT pg_notify(channel, about) FROM unnest($1, $2) AS signal (channel, about)"
            );
            command.Parameters.Add(new() { Value = batch.Select(signal => signal.Channel).ToArray() });
            command.Parameters.Add(new() { Value = batch.Select(signal => signal.About).ToArray() });
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is ObjectDisposedException || PostgresFailures.IsServerFailure(e))
        {
            LogNotSent(e, batch[0].Channel);
        }
    }

    /// <summary>Calls <paramref name="onNotification"/> with the payload of each notification until cancelled, and reconnects by itself.</summary>
    /// <param name="onNotification">Receives the payload.</param>
    /// <param name="onListening">
    /// Called with true when notifications begin to arrive, and with false when the connection is lost: notifications in between are lost.
    /// </param>
    public async Task ListenAsync(
        string channel,
        Action<string> onNotification,
        TimeProvider clock,
        CancellationToken ct,
        Action<bool>? onListening = null
    )
    {
        var subscription = new Subscription(channel, onNotification, onListening);
        var listening = Add(subscription, clock);
        try
        {
            await listening.WaitAsync(ct);
        }
        finally
        {
            await RemoveAsync(subscription);
        }
    }

    public void Dispose()
    {
        CancellationTokenSource? ending;
        lock (_gate)
        {
            (ending, _ending) = (_ending, null); // the caller that takes it ends the loop
        }

        ending?.Cancel();
        ending?.Dispose();
        _changed.Dispose();
    }

    private Task Add(Subscription subscription, TimeProvider clock)
    {
        lock (_gate)
        {
            _subscriptions.Add(subscription);
            if (_subscriptions.Count == 1)
            {
                _ending = new CancellationTokenSource();
                _listening = ListenAsync(clock, _ending.Token);
            }
            else
            {
                _changed.Cancel(); // the loop has another channel to listen to
            }

            return _listening;
        }
    }

    private async Task RemoveAsync(Subscription subscription)
    {
        Task listening;
        CancellationTokenSource? ending;
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
            if (_subscriptions.Count > 0)
            {
                return;
            }

            (listening, ending, _ending) = (_listening, _ending, null);
        }

        if (ending is not null)
        {
            await ending.CancelAsync();
        }

        await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its connection is closed
        ending?.Dispose();
    }

    private async Task ListenAsync(TimeProvider clock, CancellationToken ct)
    {
        await Task.Yield(); // the caller holds the lock
        await BackgroundRetry.RunAsync(
            ListenOnceAsync,
            PostgresFailures.IsServerFailure,
            onRetry: (e, _) => OnDisconnected(e),
            clock,
            ct,
            ReconnectDelay
        );
    }

    private async Task ListenOnceAsync(CancellationToken ct)
    {
        await using var connection = await control.OpenConnectionAsync(ct);
        connection.Notification += (_, signal) => Dispatch(signal.Channel, signal.Payload);
        HashSet<Subscription> heardOf = [];
        while (true)
        {
            var (added, changed) = TakeNew(heardOf);
            foreach (var subscription in added)
            {
                await connection.RunAsync($"LISTEN {Sql.Name(subscription.Channel)}", ct);
                heardOf.Add(subscription);
                subscription.OnListening?.Invoke(true);
            }

            await WaitAsync(connection, changed, ct);
        }
    }

    private void OnDisconnected(Exception e)
    {
        var subscriptions = Subscriptions();
        foreach (var subscription in subscriptions)
        {
            subscription.OnListening?.Invoke(false);
        }

        LogReconnecting(e, string.Join(", ", subscriptions.Select(subscription => subscription.Channel).Distinct()));
    }

    /// <summary>Delivers notifications until the channels change.</summary>
    private static async Task WaitAsync(NpgsqlConnection connection, CancellationToken changed, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(changed, ct);
        try
        {
            while (true)
            {
                await connection.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The channels changed; the connection stays.
        }
    }

    private (List<Subscription> Added, CancellationToken Changed) TakeNew(HashSet<Subscription> heardOf)
    {
        lock (_gate)
        {
            if (_changed.IsCancellationRequested)
            {
                _changed.Dispose();
                _changed = new CancellationTokenSource();
            }

            return ([.. _subscriptions.Where(subscription => !heardOf.Contains(subscription))], _changed.Token);
        }
    }

    private void Dispatch(string channel, string payload)
    {
        foreach (var subscription in Subscriptions().Where(subscription => subscription.Channel == channel))
        {
            subscription.OnNotification(payload);
        }
    }

    private Subscription[] Subscriptions()
    {
        lock (_gate)
        {
            return [.. _subscriptions];
        }
    }

    [LoggerMessage(
        EventId = 1201,
        Level = LogLevel.Warning,
        Message = "A notification on {Channel} was not sent; its listeners poll instead"
    )]
    private partial void LogNotSent(Exception exception, string channel);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning, Message = "Lost the connection that listens to {Channel}; reconnecting")]
    private partial void LogReconnecting(Exception exception, string channel);

    private sealed class Subscription(string channel, Action<string> onNotification, Action<bool>? onListening)
    {
        public string Channel => channel;

        public Action<string> OnNotification => onNotification;

        public Action<bool>? OnListening => onListening;
    }
}
