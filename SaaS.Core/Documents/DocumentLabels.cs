using SaaS.Core.Documents.Files;
using SaaS.Core.Http;

namespace SaaS.Core.Documents;

/// <summary>The rules for what a document may be called and of which media type: the same behind every route that writes one of them.</summary>
internal static class DocumentLabels
{
    public static Result<FileName> ReadName(string typed, UploadOptions options) =>
        FileName.FaultOf(typed, out var name) is { } wrong ? Problem.OfField("filename", wrong)
        : ExecutableFileNames.TypeOf(name!) is { } type && !options.Allows(type) ? FileProblems.NameNotTaken(name!)
        : name!;

    /// <summary>Decides the media type of content by its bytes; what is claimed only narrows it down.</summary>
    /// <param name="claimed">In lower case.</param>
    /// <param name="recognised">What the content is by its own bytes; null for old content that nobody looked at.</param>
    /// <param name="isCorrected">Whether a claim that the bytes do not allow is replaced by their own type; else it is refused.</param>
    public static Result<string> DecideType(string claimed, string? recognised, bool isCorrected, UploadOptions options)
    {
        if (DocumentRules.CheckMimeType(claimed) is { } wrong)
        {
            return Problem.OfField("mime_type", wrong);
        }

        var isAllowedByBytes = recognised is null || MediaTypes.MayBeCalled(recognised, claimed);
        if (!isAllowedByBytes && !isCorrected)
        {
            return Problem.OfField("mime_type", $"The content is {recognised}.");
        }

        var type = isAllowedByBytes ? claimed : recognised!;
        return options.Allows(type) ? type : FileProblems.NotTaken(type);
    }
}
