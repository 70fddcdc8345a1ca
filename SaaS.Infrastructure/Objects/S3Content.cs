namespace SaaS.Infrastructure.Objects;

/// <summary>
/// An object that is read in windows: whoever seeks pays for what is read from there, and whoever reads slowly holds a
/// connection no longer than a window lasts. A window grows as long as it is read on.
/// </summary>
/// <param name="open">The bytes from a position on, so many.</param>
/// <param name="listen">Reads from those, with a limit to its patience.</param>
internal sealed class S3Content(
    long length, S3Sizes sizes, Func<long, long, CancellationToken, Task<Stream>> open, Func<Stream, Memory<byte>, CancellationToken, Task<int>> listen) : Stream
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

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
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
                CloseWindow(); // it broke on the way: the next one begins where it stopped
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A thread that waited for the network here would be missing elsewhere.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Objects are read asynchronously.");

    public override void Flush()
    {
        // Nothing is written.
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
            _window = await open(_position, size, ct);
            _leftInWindow = size;
            _nextWindow = Math.Min(_nextWindow * Growth, sizes.LargestWindow);
        }
    }

    private async Task<int> ReadWindowAsync(Memory<byte> buffer, CancellationToken ct)
    {
        var read = await listen(_window!, buffer, ct);
        if (read is 0)
        {
            throw new ObjectStoreUnavailableException("The object store ended its answer too early.");
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
