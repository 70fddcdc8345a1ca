using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Documents;

/// <summary>Settings of download links.</summary>
public sealed class DownloadOptions
{
    /// <summary>
    /// The address where clients reach this API, e.g. https://api.example.com. Required outside development, because the client controls
    /// the header Host.
    /// </summary>
    [Url]
    public string? BaseAddress { get; init; }
}
