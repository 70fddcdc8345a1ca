using System.Buffers.Binary;

namespace SaaS.Benchmarks;

/// <summary>A stream of unique content: a random block that is repeated with a different number each time.</summary>
internal sealed class GeneratedContent(long length) : Stream
{
    private const int BlockSize = 1024 * 1024;
    private static readonly byte[] Random = RandomBlock();
    private static long _made;

    private readonly byte[] _block = [.. Random];
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var at = (int)(_position % BlockSize);
        if (at == 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(_block, Interlocked.Increment(ref _made)); // not an executable header
        }

        var read = (int)Math.Min(Math.Min(buffer.Length, BlockSize - at), length - _position);
        _block.AsSpan(at, read).CopyTo(buffer);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
        // The stream is read-only.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] RandomBlock()
    {
        var block = new byte[BlockSize];
        new Random(1).NextBytes(block);
        return block;
    }
}
