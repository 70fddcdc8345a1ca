using System.Collections.Concurrent;
using System.Net.Sockets;

namespace SaaS.Tests.Fixtures;

/// <summary>What is wrong with the way to a server.</summary>
public enum Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Connections end, and new ones end at once.</summary>
    Cut,

    /// <summary>Everything arrives, late.</summary>
    Slow,

    /// <summary>What the server says arrives as something else.</summary>
    Garbled,
}

/// <summary>
/// A way to a server, for one host alone, on which things go wrong. Frozen, the server is silent for that host, as one is whose machine hangs:
/// connections stand, and nothing comes.
/// </summary>
internal sealed class Door : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;

    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(200);

    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly CancellationTokenSource _frozen = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _open;
    private volatile Fault _fault;

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

    /// <summary>From now on this is wrong, or with <see cref="Fault.None"/> nothing more.</summary>
    public void Put(Fault fault)
    {
        _fault = fault;
        if (fault is Fault.Cut)
        {
            foreach (var connection in _connections)
            {
                connection.Dispose();
            }
        }
    }

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
            if (_fault is Fault.Cut)
            {
                caller.Dispose();
            }
            else if (!_frozen.IsCancellationRequested)
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
        var (there, back) = (CarryAsync(caller.GetStream(), server.GetStream(), isAnswer: false), CarryAsync(server.GetStream(), caller.GetStream(), isAnswer: true));
        await Task.WhenAny(there, back);
        if (!_frozen.IsCancellationRequested)
        {
            server.Dispose(); // one side has hung up, so the other does
            caller.Dispose();
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, bool isAnswer)
    {
        var buffer = new byte[BufferSize];
        while (await from.ReadAsync(buffer, _frozen.Token) is > 0 and var count)
        {
            switch (_fault)
            {
                case Fault.Slow:
                    await Task.Delay(Lateness, _frozen.Token);
                    break;
                case Fault.Garbled when isAnswer:
                    buffer.AsSpan(0, count).Fill((byte)'?');
                    break;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), _frozen.Token);
        }
    }
}
