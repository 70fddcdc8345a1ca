namespace SaaS.Infrastructure.Objects;

/// <summary>Classifies failures of the file system.</summary>
public static class DiskFailures
{
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int FileTooLarge = 27; // EFBIG: exceeds the limit of the file system or of the process
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private const int InputOutput = 5; // EIO
    private const int ReadOnly = 30; // EROFS
    private const int Stale = 116; // ESTALE: a network file system that was disconnected

    /// <summary>Indicates that the file system does not allow this process to read or write.</summary>
    public static bool IsUnavailable(Exception exception) =>
        exception is UnauthorizedAccessException or IOException { HResult: InputOutput or ReadOnly or Stale }
        || (exception.InnerException is { } inner && IsUnavailable(inner));

    /// <summary>Indicates that the disk is full, or a quota or size limit is exceeded.</summary>
    public static bool IsFull(Exception exception) =>
        exception is IOException { HResult: NoSpaceLeft or QuotaExceeded or FileTooLarge or WindowsDiskFull }
        || (exception.InnerException is { } inner && IsFull(inner));
}
