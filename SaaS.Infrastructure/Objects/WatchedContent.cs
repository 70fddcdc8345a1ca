namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Content on its way out. Each read is a sign that bytes move, and puts the end of the patience off; a read that fails is
/// remembered and ends the sending, because that is not the store's fault and no repetition helps. The content stays open.
/// </summary>
internal sealed class WatchedContent(Stream content, CancellationTokenSource silence, TimeSpan patience) : Stream
{
    private bool _isOver;

    /// <summary>Why the content could not be read.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => content.Position = value;
    }

    public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Moves();
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Fails(e);
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>For what is empty: the client makes one signature over nothing, and does that synchronously.</summary>
    public override int Read(byte[] buffer, int offset, int count)
    {
        Moves();
        try
        {
            return content.Read(buffer, offset, count);
        }
        catch (Exception e)
        {
            Fails(e);
            throw;
        }
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _isOver = true;
        base.Dispose(disposing);
    }

    private void Moves()
    {
        ObjectDisposedException.ThrowIf(_isOver, this); // the sending is over, and the content its owner's again
        silence.CancelAfter(patience);
    }

    private void Fails(Exception e)
    {
        Failure = e;
        silence.Cancel();
    }
}
