using SaaS.Core.Http;

namespace SaaS.Core.Tenancy.ServiceAccounts;

/// <summary>Problems of requests about service accounts and API keys.</summary>
internal static class ServiceAccountProblems
{
    public static readonly Problem AccountNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Service account not found");
    public static readonly Problem KeyNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "API key not found");
    public static readonly Problem TooManyAccounts = new(
        ProblemKind.Conflict,
        "SERVICE_ACCOUNT_LIMIT_REACHED",
        "The tenant has as many service accounts as it may have"
    );
    public static readonly Problem TooManyKeys = new(
        ProblemKind.Conflict,
        "API_KEY_LIMIT_REACHED",
        "The service account has as many valid API keys as it may have"
    );
    public static readonly Problem KeyEnded = new(
        ProblemKind.Conflict,
        "API_KEY_ENDED",
        "The API key is expired, revoked or already rotated"
    );
    public static readonly Problem NoUsableScope = new(
        ProblemKind.Conflict,
        "NO_USABLE_SCOPE",
        "The role of the service account allows none of the key's scopes"
    );
}
