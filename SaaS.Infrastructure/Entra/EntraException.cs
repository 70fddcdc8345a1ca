namespace SaaS.Infrastructure.Entra;

/// <summary>Entra ID refused, in the form of its protocol.</summary>
/// <param name="error">The protocol's word: <c>invalid_grant</c>, <c>invalid_client</c>, …</param>
/// <param name="code">Entra's own number, as in <c>AADSTS7000215</c>; null when it gave none.</param>
public sealed class EntraRejectedException(string error, int? code) : Exception($"Entra ID refused: {error}{(code is null ? "" : $" (AADSTS{code})")}")
{
    public string Error { get; } = error;

    public int? Code { get; } = code;

    /// <summary>What was shown (a code, a refresh token) is spent, expired or revoked: the person has to sign in again.</summary>
    public bool IsGrantGone => Error is "invalid_grant" or "interaction_required" or "consent_required" or "login_required";
}

/// <summary>Entra ID or Graph cannot be reached, does not answer in time, or answers what is none of its words.</summary>
/// <param name="retryAfter">When it wants to be asked again, if it said so.</param>
public sealed class EntraUnavailableException(string message, Exception? inner = null, TimeSpan? retryAfter = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>An id token that does not prove what it says.</summary>
/// <param name="reason">Which check failed; for operators, without anything of the token.</param>
public sealed class UntrustedTokenException(string reason, Exception? inner = null) : Exception($"The id token is not to be trusted: {reason}", inner)
{
    public string Reason { get; } = reason;
}

/// <summary>Graph does not take the access token (any more).</summary>
public sealed class GraphUnauthorizedException() : Exception("Graph does not take this access token");
