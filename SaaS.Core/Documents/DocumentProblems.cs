using SaaS.Platform.Http;

namespace SaaS.Core.Documents;

/// <summary>Why a request about documents is refused.</summary>
internal static class DocumentProblems
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Document not found");
    public static readonly Problem NotMultipart = new(ProblemKind.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Send the file as multipart/form-data");
    public static readonly Problem NoFile = Problem.OfField("file", "Missing data for required field.");
}
