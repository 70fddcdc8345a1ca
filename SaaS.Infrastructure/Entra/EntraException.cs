namespace SaaS.Infrastructure.Entra;

/// <summary>Entra ID rejected a request with an OAuth error response.</summary>
/// <param name="error">The OAuth error code: <c>invalid_grant</c>, <c>invalid_client</c>, …</param>
/// <param name="code">The error number of Entra ID, as in <c>AADSTS7000215</c>; null when there was none.</param>
public sealed class EntraRejectedException(string error, int? code)
    : Exception($"Entra ID rejected the request: {error}{(code is null ? "" : $" (AADSTS{code})")}")
{
    public string Error { get; } = error;

    public int? Code { get; } = code;

    /// <summary>
    /// True when the authorization code or refresh token is used, expired or revoked, so that the user has to sign in again.
    /// </summary>
    public bool IsGrantInvalid => Error is "invalid_grant" or "interaction_required" or "consent_required" or "login_required";
}

/// <summary>Entra ID or Graph cannot be reached, does not answer in time, or sends a malformed answer.</summary>
/// <param name="retryAfter">The delay that the server asked for (Retry-After); null when it sent none.</param>
public sealed class EntraUnavailableException(string message, Exception? inner = null, TimeSpan? retryAfter = null)
    : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>An id token failed validation.</summary>
/// <param name="reason">The check that failed; for operators, without content of the token.</param>
public sealed class UntrustedTokenException(string reason, Exception? inner = null) : Exception($"The id token is invalid: {reason}", inner)
{
    public string Reason { get; } = reason;
}

/// <summary>Graph rejected the access token.</summary>
public sealed class GraphUnauthorizedException() : Exception("Graph rejected the access token");
