using System.Runtime.ExceptionServices;

namespace SaaS.Infrastructure.Objects;

/// <summary>Timeouts of S3 calls: the whole of a small call, and the time without progress of a transfer.</summary>
internal static class S3Timeouts
{
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan WithBytes = TimeSpan.FromSeconds(30);

    /// <summary>The server assembles the parts before it answers.</summary>
    public static readonly TimeSpan WithAssembly = TimeSpan.FromMinutes(5);
}

/// <summary>Adds timeouts to S3 calls, and maps their failures to those of an object store.</summary>
internal sealed class S3Calls(TimeProvider clock)
{
    public async Task<T> CallAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            return await call(until.Token);
        }
        catch (Exception e) when (S3Failures.ToIOException(e, ct) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Sends content, which stays open and is read from its current position.</summary>
    public async Task<T> SendAsync<T>(Stream content, Func<Stream, CancellationToken, Task<T>> send, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(S3Timeouts.WithBytes, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        await using var watched = new WatchedContent(content, deadline, S3Timeouts.WithBytes);
        try
        {
            return await send(watched, until.Token);
        }
        catch (Exception e)
        {
            throw watched.Failure is { } own ? Rethrow(own) : S3Failures.ToIOException(e, ct) ?? Rethrow(e);
        }
    }

    private static Exception Rethrow(Exception e)
    {
        ExceptionDispatchInfo.Throw(e);
        return e;
    }
}
