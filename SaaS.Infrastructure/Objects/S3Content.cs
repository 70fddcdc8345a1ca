namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Reads an object in ranges that grow while it is read sequentially: a seek fetches only what is needed, and a slow reader holds a
/// connection no longer than one range.
/// </summary>
/// <param name="openRange">Opens a range: position and length.</param>
/// <param name="readRange">Reads from a range, with a timeout.</param>
internal sealed class S3Content(
    long length,
    S3Sizes sizes,
    Func<long, long, CancellationToken, Task<Stream>> openRange,
    Func<Stream, Memory<byte>, CancellationToken, Task<int>> readRange
) : Stream
{
    private const int Attempts = 4;
    private const int Growth = 4;

    private long _position;
    private Stream? _window;
    private long _leftInWindow;
    private long _nextWindow = sizes.FirstWindow;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (value != _position)
            {
                CloseWindow();
                (_position, _nextWindow) = (value, sizes.FirstWindow);
            }
        }
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => length + offset,
        };

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wanted = (int)Math.Min(buffer.Length, Math.Max(0, length - _position));
            if (wanted is 0)
            {
                return 0;
            }

            await OpenWindowAsync(cancellationToken);
            try
            {
                return await ReadWindowAsync(buffer[..(int)Math.Min(wanted, _leftInWindow)], cancellationToken);
            }
            catch (ObjectStoreUnavailableException) when (attempt < Attempts)
            {
                CloseWindow(); // the connection broke: the next range starts where this one stopped
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A synchronous read would block a thread on the network.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Objects are read asynchronously.");

    public override void Flush()
    {
        // Nothing is buffered.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            CloseWindow();
        }

        base.Dispose(disposing);
    }

    private async Task OpenWindowAsync(CancellationToken ct)
    {
        if (_window is null)
        {
            var size = Math.Min(_nextWindow, length - _position);
            _window = await openRange(_position, size, ct);
            _leftInWindow = size;
            _nextWindow = Math.Min(_nextWindow * Growth, sizes.LargestWindow);
        }
    }

    private async Task<int> ReadWindowAsync(Memory<byte> buffer, CancellationToken ct)
    {
        var read = await readRange(_window!, buffer, ct);
        if (read is 0)
        {
            throw new ObjectStoreUnavailableException("The response of the object store ended early.");
        }

        _position += read;
        _leftInWindow -= read;
        if (_leftInWindow is 0)
        {
            CloseWindow();
        }

        return read;
    }

    private void CloseWindow()
    {
        _window?.Dispose();
        _window = null;
    }
}
