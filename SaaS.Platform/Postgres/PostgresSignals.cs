using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SaaS.Platform.Postgres;

/// <summary>
/// Wakes other processes through the control database (NOTIFY). A signal only saves waiting and may get lost:
/// whoever listens also looks by itself from time to time.
/// </summary>
public sealed partial class PostgresSignals(NpgsqlDataSource control, ILogger<PostgresSignals> logger)
{
    private readonly ConcurrentDictionary<(string Channel, string About), bool> _unsent = [];
    private int _sending;

    /// <summary>Wakes whoever listens. Nobody waits for it to be sent, and what is said again until then is said once.</summary>
    public void Send(string channel, string about)
    {
        _unsent[(channel, about)] = true;
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
                    _unsent.TryRemove(signal, out _); // before it is sent: what is said from now on is news
                }

                await SendAsync(batch);
            }

            Volatile.Write(ref _sending, 0);
        }
        while (!_unsent.IsEmpty && Interlocked.Exchange(ref _sending, 1) == 0);
    }

    private async Task SendAsync((string Channel, string About)[] batch)
    {
        try
        {
            await using var command = control.CreateCommand("SELECT pg_notify(channel, about) FROM unnest($1, $2) AS signal (channel, about)");
            command.Parameters.Add(new() { Value = batch.Select(signal => signal.Channel).ToArray() });
            command.Parameters.Add(new() { Value = batch.Select(signal => signal.About).ToArray() });
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is ObjectDisposedException || PostgresFailures.IsOfServer(e))
        {
            LogSignalLost(e, batch[0].Channel);
        }
    }

    /// <summary>Calls <paramref name="heard"/> with what each signal is about, until cancelled; reconnects by itself.</summary>
    /// <param name="channel">What to listen to.</param>
    /// <param name="heard">Is given what a signal is about.</param>
    /// <param name="clock">Tells when to try again.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="hears">Is told when signals begin to arrive, and when they no longer do: what was sent between is lost.</param>
    public async Task ListenAsync(string channel, Action<string> heard, TimeProvider clock, CancellationToken ct, Action<bool>? hears = null)
    {
        while (true)
        {
            try
            {
                await using var connection = await control.OpenConnectionAsync(ct);
                connection.Notification += (_, signal) => heard(signal.Payload);
                await connection.RunAsync($"LISTEN {Sql.Name(channel)}", ct);
                hears?.Invoke(true);

                while (true)
                {
                    await connection.WaitAsync(ct);
                }
            }
            catch (Exception e) when (PostgresFailures.IsOfServer(e) && !ct.IsCancellationRequested)
            {
                hears?.Invoke(false);
                LogListeningAgain(e, channel);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, ct);
            }
        }
    }

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning, Message = "The signal {Channel} was not sent; its listeners look by themselves soon")]
    private partial void LogSignalLost(Exception exception, string channel);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning, Message = "Lost the connection that listens to {Channel}; connecting again")]
    private partial void LogListeningAgain(Exception exception, string channel);
}
