namespace SaaS.Tests.Fixtures;

/// <summary>Content of an upload that stops in the middle until the test continues or aborts it.</summary>
internal sealed class SlowContent(int length) : Stream
{
    private readonly TaskCompletionSource _isHalfway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayGoOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sent;

    public Task IsHalfway => _isHalfway.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _sent;
        set => throw new NotSupportedException();
    }

    /// <summary>Aborts the upload: the client closes its connection without completing the request.</summary>
    public void BreakOff() => _mayGoOn.TrySetException(new IOException("The client goes away."));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_sent >= length / 2)
        {
            _isHalfway.TrySetResult();
            await _mayGoOn.Task.WaitAsync(cancellationToken);
        }

        var read = Math.Min(Math.Min(buffer.Length, 16 * 1024), length - _sent);
        _sent += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
