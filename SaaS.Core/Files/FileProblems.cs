using SaaS.Platform.Http;

namespace SaaS.Core.Files;

/// <summary>Why content is not taken.</summary>
internal static class FileProblems
{
    public static readonly Problem Empty = Problem.OfField("file", "The file is empty.");

    public static Problem TooLarge(long maxBytes) =>
        new(ProblemKind.TooLarge, "FILE_TOO_LARGE", $"The file is larger than {maxBytes} bytes");
}
