using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>A server that accepts requests and never responds.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly ConcurrentBag<string> _requests = [];
    private readonly Task _accepting;

    public SilentServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The request lines received so far.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

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
            var connection = await _listener.AcceptTcpClientAsync(_closed.Token);
            _connections.Add(connection);
            _ = ReadAsync(connection);
        }
    }

    private async Task ReadAsync(TcpClient connection)
    {
        using var reader = new StreamReader(connection.GetStream(), Encoding.Latin1, leaveOpen: true);
        try
        {
            _requests.Add(await reader.ReadLineAsync(_closed.Token) ?? "");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has closed the connection.
        }
    }
}
