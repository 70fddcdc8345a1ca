using System.Collections.Concurrent;
using SaaS.Infrastructure.Objects;

namespace SaaS.Tests.Infrastructure;

/// <summary>A request as it was sent.</summary>
internal sealed record SentRequest(string Method, string Query, string? Range, string? ContentType, string? Encryption, string? KmsKey);

/// <summary>The connection to an S3 server, with the faults that a test requests.</summary>
internal sealed class Wire : DelegatingHandler
{
    public Wire()
        : base(S3Clients.NewNetwork()) { }

    public ConcurrentQueue<SentRequest> Sent { get; } = [];

    /// <summary>Responds in place of the server; null forwards the request to the server.</summary>
    public Func<SentRequest, HttpResponseMessage?> Answer { get; init; } = _ => null;

    /// <summary>The number of bytes of each range response that arrive before the connection breaks.</summary>
    public int? BreaksAfter { get; init; }

    /// <summary>The number of broken connections.</summary>
    public int Broken { get; private set; }

    public bool IsSilent { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = new SentRequest(
            request.Method.Method,
            request.RequestUri!.Query,
            request.Headers.Range?.ToString(),
            request.Content?.Headers.ContentType?.ToString(),
            Header(request, "x-amz-server-side-encryption"),
            Header(request, "x-amz-server-side-encryption-aws-kms-key-id")
        );
        Sent.Enqueue(sent);
        if (IsSilent)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        var answer = Answer(sent) ?? await base.SendAsync(request, cancellationToken);
        if (BreaksAfter is { } bytes && sent.Range is not null)
        {
            var broken = new StreamContent(
                new BreakingAnswer(await answer.Content.ReadAsStreamAsync(cancellationToken), bytes, () => Broken++)
            );
            foreach (var (name, values) in answer.Content.Headers)
            {
                broken.Headers.TryAddWithoutValidation(name, values);
            }

            answer.Content = broken;
        }

        return answer;
    }

    private static string? Header(HttpRequestMessage request, string name) =>
        request.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private sealed class BreakingAnswer(Stream answer, int bytes, Action breaks) : MemoryStream
    {
        private int _left = bytes;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (await answer.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken) is > 0 and var read)
            {
                _left -= read;
                return read;
            }

            if (_left > 0)
            {
                return 0;
            }

            breaks();
            throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection is gone");
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        protected override void Dispose(bool disposing)
        {
            answer.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A clock whose timers fire a hundred times too early.</summary>
internal sealed class HastyClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime / 100, period);
}
