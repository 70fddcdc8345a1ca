namespace SaaS.LocalServices;

/// <summary>Recognises a full disk in the message of whatever program met it.</summary>
internal static class FullDisk
{
    // What strerror(ENOSPC) and strerror(EDQUOT) say, and .NET's own text for the first.
    private static readonly string[] Messages =
        ["No space left on device", "Disk quota exceeded", "not enough space on the disk", "There is not enough space"];

    /// <summary>Returns the sentence to show, or null where the message is of something else.</summary>
    internal static string? Explain(string message, string folder) =>
        Array.Exists(Messages, text => message.Contains(text, StringComparison.OrdinalIgnoreCase))
            ? $"The disk of {folder} is full: make room, or choose another folder with --data. What was stored there is kept."
            : null;
}
