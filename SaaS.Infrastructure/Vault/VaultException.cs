using System.Net;

namespace SaaS.Infrastructure.Vault;

/// <summary>
/// Vault rejected a request. Message and errors contain nothing that was sent, because tokens and plaintexts would end in logs.
/// </summary>
public class VaultException : IOException
{
    internal VaultException(string message, HttpStatusCode? status, IReadOnlyList<string> errors, Exception? inner = null)
        : base(message, inner)
    {
        Status = status;
        Errors = errors;
    }

    /// <summary>Null when there was no response.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The error messages of Vault.</summary>
    public IReadOnlyList<string> Errors { get; }
}

/// <summary>Vault cannot be reached, is sealed, or cannot process the request now: the same call may succeed later.</summary>
public sealed class VaultUnavailableException : VaultException
{
    internal VaultUnavailableException(
        string message,
        HttpStatusCode? status = null,
        IReadOnlyList<string>? errors = null,
        TimeSpan? retryAfter = null,
        Exception? inner = null
    )
        : base(message, status, errors ?? [], inner) => RetryAfter = retryAfter;

    /// <summary>The delay that Vault asked for (Retry-After).</summary>
    internal TimeSpan? RetryAfter { get; }
}
