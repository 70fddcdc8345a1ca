using SaaS.Platform.Http;

namespace SaaS.Core.Files;

/// <summary>Why content is not taken.</summary>
internal static class FileProblems
{
    public static readonly Problem Empty = Problem.OfField("file", "The file is empty.");

    public static readonly Problem TooLarge = new(ProblemKind.TooLarge, "FILE_TOO_LARGE", "The file is too large");

    public static Problem LargerThan(long bytes) => TooLarge with { Message = $"The file is larger than {bytes} bytes" };
}
