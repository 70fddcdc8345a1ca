namespace SaaS.Core.Http;

/// <summary>
/// A backing service that a request needs is unavailable, for a reason that is not the caller's: the same request may succeed later.
/// </summary>
public sealed class ServiceUnavailableException(string message, Exception cause) : Exception(message, cause);
