namespace SaaS.LocalServices;

/// <summary>Recognizes a full disk in the error message of any program.</summary>
internal static class FullDisk
{
    // The texts of strerror(ENOSPC) and strerror(EDQUOT), and .NET's own text for ENOSPC.
    private static readonly string[] Messages =
    [
        "No space left on device",
        "Disk quota exceeded",
        "not enough space on the disk",
        "There is not enough space",
    ];

    /// <summary>Returns a message for the user, or null when the disk is not full.</summary>
    internal static string? Explain(string message, string folder) =>
        Array.Exists(Messages, text => message.Contains(text, StringComparison.OrdinalIgnoreCase))
            ? $"The disk of {folder} is full: make room, or choose another folder with --data. What was stored there is kept."
            : null;
}
