using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Documents.Files;

/// <summary>How long is kept what nobody needs any more.</summary>
public sealed class RetentionOptions
{
    /// <summary>For how long content stays that no document shows: whoever uploads it again within this time has it back without a transfer to the store.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepUnused { get; init; } = TimeSpan.FromHours(24);

    /// <summary>For how long an object stays that no file knows of; longer than any upload takes from its object to its row.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan KeepUnknownObjects { get; init; } = TimeSpan.FromHours(24);
}
