using System.Runtime.ExceptionServices;

namespace SaaS.Infrastructure.Objects;

/// <summary>How long the server may be silent. A call that is small is over by then; one that moves bytes may last as long as they move.</summary>
internal static class S3Timeouts
{
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan WithBytes = TimeSpan.FromSeconds(30);

    /// <summary>Parts become one object, which takes a server its time.</summary>
    public static readonly TimeSpan WithAssembly = TimeSpan.FromMinutes(5);
}

/// <summary>Calls with an end to their patience, whose failures are those of an object store.</summary>
internal sealed class S3Calls(TimeProvider clock)
{
    public async Task<T> CallAsync<T>(TimeSpan patience, Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        using var silence = new CancellationTokenSource(patience, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
        try
        {
            return await call(until.Token);
        }
        catch (Exception e) when (S3Failures.Of(e, ct) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>A call that sends content, which stays open and is read from where it stands.</summary>
    public async Task<T> SendAsync<T>(Stream content, Func<Stream, CancellationToken, Task<T>> send, CancellationToken ct)
    {
        using var silence = new CancellationTokenSource(S3Timeouts.WithBytes, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
        await using var watched = new WatchedContent(content, silence, S3Timeouts.WithBytes);
        try
        {
            return await send(watched, until.Token);
        }
        catch (Exception e)
        {
            throw watched.Failure is { } own ? Rethrow(own) : S3Failures.Of(e, ct) ?? Rethrow(e);
        }
    }

    private static Exception Rethrow(Exception e)
    {
        ExceptionDispatchInfo.Throw(e);
        return e;
    }
}
