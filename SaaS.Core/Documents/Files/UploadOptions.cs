using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Documents.Files;

/// <summary>Limits of uploads, and where they are spooled.</summary>
public sealed class UploadOptions
{
    private const string OneType = @"\s*(\*/\*|[a-z0-9.+-]+/[a-z0-9.+-]*\*?)\s*";

    /// <summary>The maximum size of a file, in bytes.</summary>
    [Range(1, long.MaxValue)]
    public long MaxFileBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>The maximum duration of an upload.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The minimum average rate of an upload, in bytes per second; <c>Requests:BodyGrace</c> says how long it may be slower.
    /// </summary>
    [Range(1, 1_000_000_000)]
    public int MinBytesPerSecond { get; init; } = 4_096;

    /// <summary>The maximum number of concurrent uploads of one account in a process.</summary>
    [Range(1, 10_000)]
    public int PerAccount { get; init; } = 16;

    /// <summary>The folder where uploads are spooled; it needs space for all concurrent uploads.</summary>
    public string SpoolFolder { get; init; } = Path.Combine(Path.GetTempPath(), "saas-spool");

    /// <summary>
    /// The accepted media types, as detected from the bytes, separated by commas; <c>image/*</c> matches all images. By default documents,
    /// images, audio, video, drawings, data, archives and unrecognised content, but nothing executable.
    /// </summary>
    [
        Required,
        RegularExpression(
            $"{OneType}(,{OneType})*",
            MatchTimeoutInMilliseconds = 1_000,
            ErrorMessage = "Must be media types such as application/pdf or image/*, separated by commas."
        )
    ]
    public string AllowedTypes { get; init; } =
        string.Join(
            ',',
            "application/pdf",
            "application/rtf",
            "application/postscript",
            "application/epub+zip",
            "application/msword",
            "application/x-ole-storage",
            "application/vnd.*",
            "image/*",
            "audio/*",
            "video/*",
            "model/*",
            "font/*",
            "text/plain",
            "text/csv",
            "text/tab-separated-values",
            "text/markdown",
            "text/calendar",
            "text/xml",
            "text/rtf",
            "application/json",
            "application/xml",
            "application/yaml",
            "application/x-hdf5",
            "application/x-hdf",
            "application/netcdf",
            "application/zip",
            "application/x-zip-compressed",
            "application/gzip",
            "application/x-gzip",
            "application/x-tar",
            "application/x-bzip2",
            "application/x-xz",
            "application/zstd",
            "application/x-7z-compressed",
            "application/x-rar-compressed",
            "application/x-rar",
            MediaTypes.Unknown
        );

    private string[] Patterns => field ??= AllowedTypes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    internal bool Allows(string mediaType) =>
        Patterns.Any(pattern =>
            pattern.EndsWith('*') ? pattern is "*/*" || mediaType.StartsWith(pattern[..^1], StringComparison.Ordinal) : mediaType == pattern
        );
}
