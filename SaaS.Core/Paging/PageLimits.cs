using SaaS.Platform.Http;

namespace SaaS.Core.Paging;

/// <summary>Bounds what one page may cost.</summary>
internal static class PageLimits
{
    /// <summary>How many entries are counted for a total, where no counter is kept.</summary>
    public const int MaxCounted = 1_000;

    /// <summary>How many entries can be reached by page number: PostgreSQL reads those before a page and discards them.</summary>
    public const int MaxReachedByNumber = 10_000;

    public static readonly Problem ForeignCursor = Problem.OfField("cursor", "Does not belong to this list with these parameters. Start again without it.");

    private static readonly Problem OneOfBoth = Problem.OfField("cursor", "Give either cursor or page.");
    private static readonly Problem TooFar = Problem.OfField("page", $"Pages end at entry {MaxReachedByNumber}; continue with next_cursor.");

    public static Problem? Check(PageRequest request) =>
        request is { Cursor: not null, Page: not null } ? OneOfBoth
        : request.Cursor is null && ((request.Number - 1L) * request.Size) >= MaxReachedByNumber ? TooFar
        : null;

    /// <summary>The total as far as it is known: what was counted up to the bound, or what a page behind the bound shows.</summary>
    public static int TotalOf(int counted, int skipped, int found) => Math.Max(Math.Min(counted, MaxCounted), found > 0 ? skipped + found : 0);
}
