using SaaS.Core.Documents.Files;
using SaaS.Core.Http;

namespace SaaS.Core.Documents;

/// <summary>Validates names and media types of documents, for every endpoint that writes them.</summary>
internal static class DocumentLabels
{
    public static Result<FileName> ValidateName(string typed, UploadOptions options) =>
        FileName.Validate(typed, out var name) is { } wrong ? Problem.ForField("filename", wrong)
        : ExecutableFileNames.GetMediaType(name!) is { } type && !options.Allows(type) ? FileProblems.NameNotAccepted(name!)
        : name!;

    /// <summary>Chooses the media type of content: its bytes decide, and the claimed type may only narrow it down.</summary>
    /// <param name="claimed">The claimed media type in lower case.</param>
    /// <param name="detected">The media type detected from the bytes; null for old content that was never inspected.</param>
    /// <param name="isCorrected">True to replace a claim that the bytes contradict, false to reject it.</param>
    public static Result<string> ResolveType(string claimed, string? detected, bool isCorrected, UploadOptions options)
    {
        if (DocumentRules.CheckMimeType(claimed) is { } wrong)
        {
            return Problem.ForField("mime_type", wrong);
        }

        var isAllowedByBytes = detected is null || MediaTypes.IsCompatible(detected, claimed);
        if (!isAllowedByBytes && !isCorrected)
        {
            return Problem.ForField("mime_type", $"The content is {detected}.");
        }

        var type = isAllowedByBytes ? claimed : detected!;
        return options.Allows(type) ? type : FileProblems.TypeNotAccepted(type);
    }
}
