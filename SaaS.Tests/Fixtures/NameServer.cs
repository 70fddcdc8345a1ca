using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>A local DNS server that serves TXT records only (RFC 1035, over UDP).</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderLength = 12;

    private readonly ConcurrentDictionary<string, string> _records = [];
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _answering;

    public NameServer() => _answering = AnswerAsync();

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    /// <summary>True to answer every query with "server failure".</summary>
    public bool Fails { get; set; }

    public void Publish(string name, string text) => _records[name.ToLowerInvariant()] = text;

    public void Withdraw(string name) => _records.TryRemove(name.ToLowerInvariant(), out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _answering;
        _stop.Dispose();
    }

    private async Task AnswerAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var question = await _socket.ReceiveAsync(_stop.Token);
                await _socket.SendAsync(AnswerTo(question.Buffer), question.RemoteEndPoint, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The client retries, or the server is stopping.
            }
        }
    }

    private byte[] AnswerTo(byte[] question)
    {
        var (name, end) = NameIn(question);
        var text = _records.GetValueOrDefault(name);
        var responseCode =
            Fails ? 2
            : text is null ? 3
            : 0;
        var answer = new List<byte>(question[..end]);
        BinaryPrimitives.WriteUInt16BigEndian(
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(answer)[2..],
            (ushort)(0x8180 | responseCode)
        );
        for (var count = 6; count < HeaderLength; count++)
        {
            answer[count] = 0; // no answers, no authorities, no additional records
        }

        if (responseCode == 0)
        {
            answer[7] = 1;
            var bytes = Encoding.ASCII.GetBytes(text!);
            // The question's name, TXT, IN, a TTL of one minute.
            answer.AddRange([0xC0, HeaderLength, 0, 16, 0, 1, 0, 0, 0, 60, 0, (byte)(bytes.Length + 1), (byte)bytes.Length]);
            answer.AddRange(bytes);
        }

        return [.. answer];
    }

    // Labels, each prefixed with its length, until an empty one; then type and class.
    private static (string Name, int End) NameIn(byte[] question)
    {
        var labels = new List<string>();
        var at = HeaderLength;
        for (; question[at] != 0; at += question[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]).ToLowerInvariant());
        }

        return (string.Join('.', labels), at + 5);
    }
}
