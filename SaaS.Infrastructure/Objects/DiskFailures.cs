namespace SaaS.Infrastructure.Objects;

/// <summary>The failures of a disk that callers can cause or wait for, by name.</summary>
public static class DiskFailures
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int FileTooLarge = 27; // EFBIG: the file system, or the process, may not have one so large
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private const int InputOutput = 5; // EIO
    private const int ReadOnly = 30; // EROFS
    private const int Stale = 116; // ESTALE: a file system that came by network, and went

    /// <summary>The file system does not let this process read or write, for a reason that no caller can mend.</summary>
    public static bool IsUnavailable(Exception exception) =>
        exception is UnauthorizedAccessException or IOException { HResult: InputOutput or ReadOnly or Stale }
        || (exception.InnerException is { } inner && IsUnavailable(inner));

    /// <summary>There is no room left where something was to be written.</summary>
    public static bool IsFull(Exception exception) =>
        exception is IOException { HResult: NoSpaceLeft or QuotaExceeded or FileTooLarge or WindowsDiskFull }
        || (exception.InnerException is { } inner && IsFull(inner));
}
