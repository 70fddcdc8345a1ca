using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Documents.Files;

/// <summary>The time that unused content is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>
    /// How long content without documents is kept. Uploading it again within this time needs no transfer to the object store.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepUnused { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The time that an object without a file is kept; longer than any upload takes from its object to its row.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan KeepUnknownObjects { get; init; } = TimeSpan.FromHours(24);
}
