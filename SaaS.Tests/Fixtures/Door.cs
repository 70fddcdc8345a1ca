using System.Collections.Concurrent;
using System.Net.Sockets;

namespace SaaS.Tests.Fixtures;

/// <summary>A way to a server, for one host alone. Frozen, the server is silent for that host, as one is whose machine hangs: connections stand, and nothing comes.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly CancellationTokenSource _frozen = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _open;

    private Door(int server)
    {
        _server = server;
        _listener.Start();
        _open = LetInAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <param name="server">The port of the server behind it, on this machine.</param>
    public static Door To(int server) => new(server);

    public Task FreezeAsync() => _frozen.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _frozen.CancelAsync();
        await _closed.CancelAsync();
        await _open.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _listener.Dispose();
        _frozen.Dispose();
        _closed.Dispose();
    }

    private async Task LetInAsync()
    {
        while (true)
        {
            var caller = await _listener.AcceptTcpClientAsync(_closed.Token);
            _connections.Add(caller);
            if (!_frozen.IsCancellationRequested)
            {
                _ = PassAsync(caller);
            }
        }
    }

    private async Task PassAsync(TcpClient caller)
    {
        var server = new TcpClient();
        _connections.Add(server);
        await server.ConnectAsync(IPAddress.Loopback, _server);
        var (there, back) = (caller.GetStream().CopyToAsync(server.GetStream(), _frozen.Token), server.GetStream().CopyToAsync(caller.GetStream(), _frozen.Token));
        await Task.WhenAny(there, back);
        if (!_frozen.IsCancellationRequested)
        {
            server.Dispose(); // one side has hung up, so the other does
            caller.Dispose();
        }
    }
}
