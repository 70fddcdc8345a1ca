namespace SaaS.Core.Http;

/// <summary>Why a request was refused, in the words of the product; <see cref="ProblemResult"/> gives each kind its status code.</summary>
public enum ProblemKind
{
    /// <summary>400: the request does not say what it must.</summary>
    Invalid,

    /// <summary>401: nobody has proved who is calling.</summary>
    Unauthenticated,

    /// <summary>403: the caller may know that the thing exists, but may not do this to it.</summary>
    Forbidden,

    /// <summary>404: there is no such thing, or the caller may not know of it.</summary>
    NotFound,

    /// <summary>405: the path exists, this verb on it does not.</summary>
    MethodNotAllowed,

    /// <summary>408: the request did not come fast enough.</summary>
    TooSlow,

    /// <summary>409: the request contradicts the state of things.</summary>
    Conflict,

    /// <summary>413: more bytes than are taken.</summary>
    TooLarge,

    /// <summary>415: a content type that is not read here.</summary>
    UnsupportedMediaType,

    /// <summary>422: the request is well formed, and contradicts what the caller said before.</summary>
    Unprocessable,

    /// <summary>429: too much in too short a time; <see cref="Problem.RetryAfter"/> says when again.</summary>
    TooMany,

    /// <summary>500: our fault.</summary>
    Unexpected,

    /// <summary>503: an engine is away or busy; the same request may succeed later.</summary>
    Unavailable,
}

/// <summary>A refusal as a value: what a caller can cause is returned, never thrown.</summary>
/// <param name="Kind">Decides the status code.</param>
/// <param name="Code">UPPER_SNAKE for programs; part of the API.</param>
/// <param name="Message">One sentence for people, without internals.</param>
public sealed record Problem(ProblemKind Kind, string Code, string Message)
{
    /// <summary>Field → what is wrong with it; only for <see cref="ProblemKind.Invalid"/>.</summary>
    public IReadOnlyDictionary<string, string[]>? Details { get; init; }

    /// <summary>When the same request may succeed; becomes <c>Retry-After</c>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Problem OfFields(IReadOnlyDictionary<string, string[]> details) =>
        new(ProblemKind.Invalid, "BAD_REQUEST", "The request is not valid") { Details = details };

    public static Problem OfField(string field, string message) =>
        OfFields(new Dictionary<string, string[]> { [field] = [message] });
}
