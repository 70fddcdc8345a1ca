namespace SaaS.LocalServices;

/// <summary>An error that the user can fix; its message is shown to the user.</summary>
internal sealed class LocalServiceException(string message, Exception? inner = null) : Exception(message, inner);
