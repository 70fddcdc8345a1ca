namespace SaaS.Infrastructure.Postgres;

/// <summary>What a request needs cannot be asked just now, for a reason that is not the caller's: the same request may succeed later.</summary>
public sealed class ServiceUnavailableException(string message, Exception cause) : Exception(message, cause);
