using System.Net;

namespace SaaS.Infrastructure.Vault;

/// <summary>Vault refused. Neither the message nor the errors hold anything that was sent: tokens and plaintexts end in logs otherwise.</summary>
public class VaultException : IOException
{
    internal VaultException(string message, HttpStatusCode? status, IReadOnlyList<string> errors, Exception? inner = null)
        : base(message, inner)
    {
        Status = status;
        Errors = errors;
    }

    /// <summary>Null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Vault's own sentences.</summary>
    public IReadOnlyList<string> Errors { get; }
}

/// <summary>Vault cannot be reached, is sealed, or cannot do it just now: the same call may succeed later.</summary>
public sealed class VaultUnavailableException : VaultException
{
    internal VaultUnavailableException(string message, HttpStatusCode? status = null, IReadOnlyList<string>? errors = null, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, status, errors ?? [], inner) => RetryAfter = retryAfter;

    /// <summary>How long Vault wants to be left alone.</summary>
    internal TimeSpan? RetryAfter { get; }
}
