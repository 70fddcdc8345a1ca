using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace SaaS.Infrastructure.Objects;

/// <summary>What a failure of S3 means to whoever called. The server's own sentences stay out: they may repeat keys and signatures.</summary>
internal static class S3Failures
{
    private static readonly string[] Busy = ["SlowDown", "RequestTimeout", "RequestLimitExceeded", "Throttling", "ThrottlingException", "InternalError", "ServiceUnavailable", "OperationAborted"];

    /// <returns>Null for what is not the store's: the caller gave up, or there is a bug.</returns>
    public static IOException? Of(Exception exception, CancellationToken ct) => exception switch
    {
        ObjectStoreUnavailableException => null,
        OperationCanceledException => ct.IsCancellationRequested ? null : new ObjectStoreUnavailableException("The object store did not answer in time."),
        AmazonServiceException { StatusCode: 0 } unanswered => new ObjectStoreUnavailableException("The object store could not be reached.", unanswered.InnerException),
        AmazonServiceException refused when IsOfHost(refused) =>
            new ObjectStoreUnavailableException($"The object store does not let this host in: {Describe(refused)}."),
        AmazonServiceException refused when IsPassing(refused) => new ObjectStoreUnavailableException($"The object store cannot do it now: {Describe(refused)}."),
        AmazonServiceException refused => new IOException($"The object store refused: {Describe(refused)}."),
        HttpRequestException or SocketException or TimeoutException or IOException => new ObjectStoreUnavailableException("The object store could not be reached.", exception),
        _ => null,
    };

    // Nothing that a caller can mend.
    private static bool IsOfHost(AmazonServiceException refused) =>
        refused is { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } or { ErrorCode: "NoSuchBucket" };

    private static bool IsPassing(AmazonServiceException refused) =>
        refused.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || Busy.Contains(refused.ErrorCode);

    // "SignatureDoesNotMatch (HTTP 403, request tx00000a-0065)"
    private static string Describe(AmazonServiceException refused) => $"{refused.ErrorCode ?? "no code"} (HTTP {(int)refused.StatusCode}, request {refused.RequestId ?? "unknown"})";
}
