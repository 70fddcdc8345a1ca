using SaaS.Core.Http;

namespace SaaS.Core.Documents;

/// <summary>Problems of documents.</summary>
internal static class DocumentProblems
{
    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Document not found");
    public static readonly Problem NotOwner = new(ProblemKind.Forbidden, "FORBIDDEN", "Only its owner and admins may change a document");
    public static readonly Problem ContentMissing = new(
        ProblemKind.NotFound,
        "CONTENT_MISSING",
        "The document's content is missing from the store; operators have been told"
    );
    public static readonly Problem InvalidLink = new(ProblemKind.Invalid, "INVALID_LINK", "This link has expired, or is none");
    public static readonly Problem NothingToChange = new(ProblemKind.Invalid, "BAD_REQUEST", "Say what is to change: filename, mime_type");
    public static readonly Problem NotMultipart = new(
        ProblemKind.UnsupportedMediaType,
        "UNSUPPORTED_MEDIA_TYPE",
        "Send the file as multipart/form-data"
    );
    public static readonly Problem OneFileOnly = Problem.ForField("file", "Only one file is taken at once.");
    public static readonly Problem TooManyParts = new(ProblemKind.Invalid, "BAD_REQUEST", "The form has too many parts");
    public static readonly Problem UnreadablePart = new(
        ProblemKind.Invalid,
        "BAD_REQUEST",
        "The form has a part whose Content-Disposition cannot be read"
    );
    public static readonly Problem NoFile = Problem.ForField("file", RequestProblems.MissingField);
}
