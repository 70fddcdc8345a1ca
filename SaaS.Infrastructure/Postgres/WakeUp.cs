using System.Threading.Channels;

namespace SaaS.Infrastructure.Postgres;

/// <summary>Wakes one waiting loop; notifications that arrive while it works are merged into one.</summary>
public sealed class WakeUp
{
    private readonly Channel<bool> _pending = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Set() => _pending.Writer.TryWrite(true);

    /// <summary>Returns at the next notification, or after this time so that the loop polls.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        using var enough = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, ct);

        try
        {
            await _pending.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Time to poll.
        }
    }
}
