namespace SaaS.LocalServices;

/// <summary>An error that a person can mend; the message is the sentence that is shown.</summary>
internal sealed class LocalServiceException(string message, Exception? inner = null) : Exception(message, inner);
