using SaaS.Core.Http;

namespace SaaS.Core.Documents.Files;

/// <summary>Problems of files.</summary>
internal static class FileProblems
{
    public static readonly Problem Empty = Problem.ForField("file", "The file is empty.");

    public static readonly Problem TooLarge = new(ProblemKind.TooLarge, "FILE_TOO_LARGE", "The file is too large");

    public static readonly Problem TypeNotAllowed = new(
        ProblemKind.UnsupportedMediaType,
        "FILE_TYPE_NOT_ALLOWED",
        "Files of this type are not taken"
    );

    public static readonly Problem TooManyUploads = new(
        ProblemKind.TooMany,
        "TOO_MANY_UPLOADS",
        "As many files are being uploaded by this account as may be at once"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public static readonly Problem NotFound = new(ProblemKind.NotFound, "NOT_FOUND", "File not found");

    public static readonly Problem InUse = new(ProblemKind.Invalid, "FILE_IN_USE", "Documents show this file");

    public static Problem TypeNotAccepted(string mediaType) =>
        TypeNotAllowed with
        {
            Message = $"The content is {mediaType}, which is not taken here",
        };

    public static Problem NameNotAccepted(string filename) =>
        TypeNotAllowed with
        {
            Message =
                $"A file that is called .{filename[(filename.LastIndexOf('.') + 1)..].TrimEnd('.', ' ')} runs when it is opened, and is not taken here",
        };

    public static Problem UsedBy(int documents) => InUse with { Message = $"The file cannot be deleted: {documents} documents show it" };

    public static Problem LargerThan(long bytes) => TooLarge with { Message = $"The file is larger than {bytes} bytes" };
}
