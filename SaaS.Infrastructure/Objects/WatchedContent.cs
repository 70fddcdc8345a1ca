namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Content that is being uploaded. Each read postpones the timeout; a failed read cancels the upload, because it is not the store's fault
/// and a retry would not help. The content stays open.
/// </summary>
internal sealed class WatchedContent(Stream content, CancellationTokenSource deadline, TimeSpan timeout) : Stream
{
    private bool _isOver;

    /// <summary>The exception that reading the content threw.</summary>
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
        ExtendTimeout();
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            RecordFailure(e);
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads synchronously, which the client does to sign empty content.</summary>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ExtendTimeout();
        try
        {
            return content.Read(buffer, offset, count);
        }
        catch (Exception e)
        {
            RecordFailure(e);
            throw;
        }
    }

    public override void Flush()
    {
        // Nothing is buffered.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _isOver = true;
        base.Dispose(disposing);
    }

    private void ExtendTimeout()
    {
        ObjectDisposedException.ThrowIf(_isOver, this); // the upload is over, and the content belongs to its owner again
        deadline.CancelAfter(timeout);
    }

    private void RecordFailure(Exception e)
    {
        Failure = e;
        deadline.Cancel();
    }
}
