using System.Collections.Concurrent;
using System.Net.Sockets;

namespace SaaS.Tests.Fixtures;

/// <summary>A fault of the connection to a server.</summary>
public enum Fault
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>Connections are closed, and new ones are closed at once.</summary>
    Cut,

    /// <summary>Everything arrives with a delay.</summary>
    Slow,

    /// <summary>The server's data is replaced completely.</summary>
    Garbled,

    /// <summary>The first and the last byte of each chunk that the server sends are changed, the rest is unchanged.</summary>
    Frayed,

    /// <summary>One bit is flipped in the middle of each long chunk that the server sends.</summary>
    Flipped,

    /// <summary>Connections stay open, but no data passes in either direction until the fault is removed.</summary>
    Silent,
}

/// <summary>A TCP proxy between a single host and a server that injects faults.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;
    private const int AtLength = 4 * 1024;

    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(200);

    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Fault _fault;
    private int _flipped;

    private FaultProxy(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The number of flipped bits.</summary>
    public int Flipped => Volatile.Read(ref _flipped);

    /// <param name="server">The local port of the server behind it.</param>
    public static FaultProxy To(int server) => new(server);

    /// <summary>Sets the fault from now on, or removes it with <see cref="Fault.None"/>.</summary>
    public void SetFault(Fault fault)
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
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _listener.Dispose();
        _closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_closed.Token);
            _connections.Add(client);
            if (_fault is Fault.Cut)
            {
                client.Dispose();
            }
            else
            {
                _ = PassAsync(client);
            }
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            _connections.Add(server);
            await PauseAsync();
            await server.ConnectAsync(IPAddress.Loopback, _server);
            var (there, back) = (
                ForwardAsync(client.GetStream(), server.GetStream(), isResponse: false),
                ForwardAsync(server.GetStream(), client.GetStream(), isResponse: true)
            );
            await Task.WhenAny(there, back); // one side has closed the connection, so the other is closed too
        }
    }

    private async Task ForwardAsync(NetworkStream from, NetworkStream to, bool isResponse)
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
                case Fault.Garbled when isResponse:
                    buffer.AsSpan(0, count).Fill((byte)'?');
                    break;
                case Fault.Frayed when isResponse:
                    buffer[0] ^= 0x03;
                    buffer[count - 1] ^= 0x20;
                    break;
                case Fault.Flipped when isResponse && count > AtLength:
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
