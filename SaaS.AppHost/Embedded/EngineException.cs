namespace SaaS.AppHost.Embedded;

/// <summary>Something that a person has to know or to do; the message is the sentence that is shown.</summary>
internal sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
