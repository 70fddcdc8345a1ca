using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// The body of an upload. A read that the deadline ends leaves the request's reader consistent, so that a response can still be sent.
/// </summary>
internal sealed class UploadStream(PipeReader body, CancellationToken tooSlow) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BadHttpRequestException">The upload exceeded its deadline.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var received = await body.ReadAsync(cancellationToken);
        if (tooSlow.IsCancellationRequested)
        {
            body.AdvanceTo(received.Buffer.Start);
            throw new BadHttpRequestException("The upload exceeded its deadline.", StatusCodes.Status408RequestTimeout);
        }

        var read = (int)Math.Min(buffer.Length, received.Buffer.Length);
        var taken = received.Buffer.Slice(0, read);
        taken.CopyTo(buffer.Span);
        body.AdvanceTo(taken.End);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Synchronous reads are not supported.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
