namespace SaaS.Platform.Objects;

/// <summary>The failures of a disk that callers can cause or wait for, by name.</summary>
public static class DiskFailures
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int FileTooLarge = 27; // EFBIG: the file system, or the process, may not have one so large
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>There is no room left where something was to be written.</summary>
    public static bool IsFull(Exception exception) =>
        exception is IOException { HResult: NoSpaceLeft or QuotaExceeded or FileTooLarge or WindowsDiskFull }
        || (exception.InnerException is { } inner && IsFull(inner));
}
