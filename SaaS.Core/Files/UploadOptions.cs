using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Files;

/// <summary>What may be uploaded, and where it waits meanwhile.</summary>
public sealed class UploadOptions
{
    /// <summary>The largest file that is taken, in bytes.</summary>
    [Range(1, long.MaxValue)]
    public long MaxFileBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>Where uploads are written while they arrive; needs room for as many as arrive at once.</summary>
    public string SpoolFolder { get; init; } = Path.Combine(Path.GetTempPath(), "saas-spool");
}
