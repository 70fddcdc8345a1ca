namespace SaaS.Core.Http;

/// <summary>The kind of a problem; <see cref="ProblemResult"/> maps it to a status code.</summary>
public enum ProblemKind
{
    /// <summary>400: the request is not valid.</summary>
    Invalid,

    /// <summary>401: the request is not authenticated.</summary>
    Unauthenticated,

    /// <summary>403: the user may know the resource, but may not do this.</summary>
    Forbidden,

    /// <summary>404: the resource does not exist, or the user may not know of it.</summary>
    NotFound,

    /// <summary>405: the path exists, but not with this method.</summary>
    MethodNotAllowed,

    /// <summary>408: the request was too slow.</summary>
    TooSlow,

    /// <summary>409: the request conflicts with the current state.</summary>
    Conflict,

    /// <summary>413: the request is too large.</summary>
    TooLarge,

    /// <summary>415: the content type is not supported.</summary>
    UnsupportedMediaType,

    /// <summary>422: the request is well-formed, but contradicts an earlier one.</summary>
    Unprocessable,

    /// <summary>429: too many requests; <see cref="Problem.RetryAfter"/> says when to retry.</summary>
    TooMany,

    /// <summary>500: an unexpected error.</summary>
    Unexpected,

    /// <summary>503: a backing service is unavailable or busy; a retry may succeed.</summary>
    Unavailable,
}

/// <summary>An error as a value: errors that a client can cause are returned, never thrown.</summary>
/// <param name="Kind">Determines the status code.</param>
/// <param name="Code">A code in UPPER_SNAKE for programs; part of the API.</param>
/// <param name="Message">One sentence for people, without internals.</param>
public sealed record Problem(ProblemKind Kind, string Code, string Message)
{
    /// <summary>Field → error messages; only for <see cref="ProblemKind.Invalid"/>.</summary>
    public IReadOnlyDictionary<string, string[]>? Details { get; init; }

    /// <summary>Delay until a retry may succeed; sent as <c>Retry-After</c>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Problem ForFields(IReadOnlyDictionary<string, string[]> details) =>
        new(ProblemKind.Invalid, "BAD_REQUEST", "The request is not valid") { Details = details };

    public static Problem ForField(string field, string message) => ForFields(new Dictionary<string, string[]> { [field] = [message] });
}
