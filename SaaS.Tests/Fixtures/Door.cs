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

    /// <summary>Most of what the server says arrives as it is: of what comes together the first byte and the last are others.</summary>
    Frayed,

    /// <summary>In the middle of whatever the server says at length, one bit is another.</summary>
    Flipped,

    /// <summary>Connections stand, and nothing comes, in either direction, until it is over.</summary>
    Silent,
}

/// <summary>A way to a server, for one host alone, on which things go wrong.</summary>
internal sealed class Door : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;
    private const int AtLength = 4 * 1024;

    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(200);

    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _open;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Fault _fault;
    private int _flipped;

    private Door(int server)
    {
        _server = server;
        _listener.Start();
        _open = LetInAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many bits were made others.</summary>
    public int Flipped => Volatile.Read(ref _flipped);

    /// <param name="server">The port of the server behind it, on this machine.</param>
    public static Door To(int server) => new(server);

    /// <summary>From now on this is wrong, or with <see cref="Fault.None"/> nothing more.</summary>
    public void Put(Fault fault)
    {
        _fault = fault;
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
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
        await _closed.CancelAsync();
        await _open.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _listener.Dispose();
        _closed.Dispose();
    }

    private async Task LetInAsync()
    {
        while (true)
        {
            var currentUser = await _listener.AcceptTcpClientAsync(_closed.Token);
            _connections.Add(currentUser);
            if (_fault is Fault.Cut)
            {
                currentUser.Dispose();
            }
            else
            {
                _ = PassAsync(currentUser);
            }
        }
    }

    private async Task PassAsync(TcpClient currentUser)
    {
        using var server = new TcpClient();
        using (currentUser)
        {
            _connections.Add(server);
            await PauseAsync();
            await server.ConnectAsync(IPAddress.Loopback, _server);
            var (there, back) = (
                CarryAsync(currentUser.GetStream(), server.GetStream(), isAnswer: false),
                CarryAsync(server.GetStream(), currentUser.GetStream(), isAnswer: true)
            );
            await Task.WhenAny(there, back); // one side has hung up, so the other does
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, bool isAnswer)
    {
        var buffer = new byte[BufferSize];
        while (await from.ReadAsync(buffer, _closed.Token) is > 0 and var count)
        {
            await PauseAsync();
            switch (_fault)
            {
                case Fault.Slow:
                    await Task.Delay(Lateness, _closed.Token);
                    break;
                case Fault.Garbled when isAnswer:
                    buffer.AsSpan(0, count).Fill((byte)'?');
                    break;
                case Fault.Frayed when isAnswer:
                    buffer[0] ^= 0x03;
                    buffer[count - 1] ^= 0x20;
                    break;
                case Fault.Flipped when isAnswer && count > AtLength:
                    buffer[count / 2] ^= 0x01;
                    Interlocked.Increment(ref _flipped);
                    break;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), _closed.Token);
        }
    }

    private async Task PauseAsync()
    {
        while (_changed.Task is var change && _fault is Fault.Silent)
        {
            await change.WaitAsync(_closed.Token);
        }
    }
}
