using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace SaaS.Infrastructure.Objects;

/// <summary>
/// Maps S3 failures to those of an object store. Server messages are left out, because they may repeat keys and signatures.
/// </summary>
internal static class S3Failures
{
    private static readonly string[] Busy =
    [
        "SlowDown",
        "RequestTimeout",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "InternalError",
        "ServiceUnavailable",
        "OperationAborted",
    ];

    /// <returns>Null when the failure is not the store's: a cancellation or a bug.</returns>
    public static IOException? ToIOException(Exception exception, CancellationToken ct) =>
        exception switch
        {
            ObjectStoreUnavailableException => null,
            OperationCanceledException => ct.IsCancellationRequested
                ? null
                : new ObjectStoreUnavailableException("The object store did not answer in time."),
            AmazonServiceException { StatusCode: 0 } unanswered => new ObjectStoreUnavailableException(
                "The object store could not be reached.",
                unanswered.InnerException
            ),
            AmazonServiceException refused when IsConfigurationError(refused) => new ObjectStoreUnavailableException(
                $"The object store rejected the credentials of this host: {Describe(refused)}."
            ),
            AmazonServiceException refused when IsTransient(refused) => new ObjectStoreUnavailableException(
                $"The object store is unavailable: {Describe(refused)}."
            ),
            AmazonServiceException refused => new IOException($"The object store rejected the request: {Describe(refused)}."),
            HttpRequestException or SocketException or TimeoutException or IOException => new ObjectStoreUnavailableException(
                "The object store could not be reached.",
                exception
            ),
            _ => null,
        };

    // Configuration errors, which no caller can fix.
    private static bool IsConfigurationError(AmazonServiceException refused) =>
        refused is { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } or { ErrorCode: "NoSuchBucket" };

    private static bool IsTransient(AmazonServiceException refused) =>
        refused.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        || Busy.Contains(refused.ErrorCode);

    // "SignatureDoesNotMatch (HTTP 403, request tx00000a-0065)"
    private static string Describe(AmazonServiceException refused) =>
        $"{refused.ErrorCode ?? "no code"} (HTTP {(int)refused.StatusCode}, request {refused.RequestId ?? "unknown"})";
}
