using SaaS.Core.Http;

namespace SaaS.Core.Access;

/// <summary>Problems of requests with an API key.</summary>
internal static class ApiKeyProblems
{
    public static readonly Problem Invalid = new(
        ProblemKind.Unauthenticated,
        "INVALID_API_KEY",
        "The API key is unknown, expired or revoked, or its service account is disabled"
    );
    public static readonly Problem ConflictingCredentials = new(
        ProblemKind.Invalid,
        "CONFLICTING_CREDENTIALS",
        "Send one credential: either Authorization or X-Api-Key"
    );
    public static readonly Problem NetworkNotAllowed = new(
        ProblemKind.Forbidden,
        "NETWORK_NOT_ALLOWED",
        "The API key may not be used from this network"
    );
    public static readonly Problem NotForApiKeys = new(
        ProblemKind.Forbidden,
        "NOT_FOR_API_KEYS",
        "This operation is for people and not for API keys"
    );
    public static readonly Problem InsufficientScope = new(
        ProblemKind.Forbidden,
        "INSUFFICIENT_SCOPE",
        "The API key does not have the scope that this operation requires"
    );
}
