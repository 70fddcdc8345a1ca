using Spectre.Console;

namespace SaaS.AppHost.Embedded;

/// <summary>What the person at the console sees while the system comes up: a table that changes, or plain lines where no terminal is.</summary>
internal sealed class LiveTable(IAnsiConsole console, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, Row> _rows = [];
    private readonly Lock _changing = new();
    private readonly CancellationTokenSource _end = new();
    private Task _drawing = Task.CompletedTask;

    private sealed record Row(string State, string Address, Color Color, long Since);

    private bool IsLive => console.Profile.Capabilities is { Ansi: true, Interactive: true };

    internal void Show(params ReadOnlySpan<string> resources)
    {
        foreach (var resource in resources)
        {
            Change(resource, "waiting", "", Color.Grey);
        }

        _drawing = IsLive ? Task.Run(DrawAsync) : Task.CompletedTask;
    }

    /// <summary>Shows how one resource gets on, from its start until it is ready.</summary>
    internal async Task<T> FollowAsync<T>(string resource, Func<Task<T>> start, Func<T, string> address, string done = "ready")
    {
        Change(resource, "starting", "", Color.Yellow);
        try
        {
            var started = await start();
            Change(resource, done, address(started), Color.Green);
            return started;
        }
        catch (EngineException failure)
        {
            Change(resource, "failed", "", Color.Red);
            throw new EngineException($"{resource}: {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _drawing;
    }

    private void Change(string resource, string state, string address, Color color)
    {
        lock (_changing)
        {
            _rows[resource] = new Row(state, address, color, clock.GetTimestamp());
        }

        if (!IsLive && state is not ("waiting" or "starting"))
        {
            console.Profile.Out.Writer.WriteLine($"{resource}  {state}  {address}".TrimEnd());
        }
    }

    private async Task DrawAsync() => await console.Live(Draw()).StartAsync(async live =>
    {
        while (!_end.IsCancellationRequested)
        {
            live.UpdateTarget(Draw());
            await Task.Delay(RedrawInterval, clock, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        live.UpdateTarget(Draw());
    });

    private Table Draw()
    {
        var table = new Table().RoundedBorder().BorderColor(Color.Grey).AddColumns("resource", "state", "address", "for");
        lock (_changing)
        {
            foreach (var (resource, row) in _rows)
            {
                table.AddRow(
                    new Text(resource),
                    new Text(row.State, new Style(row.Color)),
                    new Text(row.Address),
                    new Text($"{clock.GetElapsedTime(row.Since).TotalSeconds:0.0} s", new Style(Color.Grey)));
            }
        }

        return table;
    }
}
