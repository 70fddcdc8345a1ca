namespace SaaS.Infrastructure.Settings;

/// <summary>
/// A host or a command cannot start with its settings. The message is for the operator: it names the settings, and never contains a secret.
/// </summary>
public sealed class InvalidSettingsException : InvalidOperationException
{
    public InvalidSettingsException(string message, Exception? inner = null)
        : base(message, inner) { }

    /// <summary>Returns only the message, because a stack trace does not help an operator.</summary>
    public override string ToString() => Message;
}
