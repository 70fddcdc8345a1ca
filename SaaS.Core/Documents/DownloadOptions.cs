using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Documents;

/// <summary>How links to content are made.</summary>
public sealed class DownloadOptions
{
    /// <summary>
    /// Where clients reach this API, e.g. https://api.example.com. Required outside development, where the address that a link
    /// was asked for under would be what the caller wrote into the header Host.
    /// </summary>
    [Url]
    public string? BaseAddress { get; init; }
}
