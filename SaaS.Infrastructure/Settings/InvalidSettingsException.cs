namespace SaaS.Infrastructure.Settings;

/// <summary>A host or a command does not start with what it was given. The message is all that whoever operates it needs: it names settings, and no secret's value.</summary>
public sealed class InvalidSettingsException : InvalidOperationException
{
    public InvalidSettingsException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>The message alone: where in the code it was noticed helps nobody.</summary>
    public override string ToString() => Message;
}
