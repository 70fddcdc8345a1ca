using SaaS.Core.Http;

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

    /// <summary>Tells the total as far as it is known: by the last page itself, by a count up to the bound, or by what a page behind the bound shows.</summary>
    /// <param name="request">The page.</param>
    /// <param name="skipped">How many entries are before the page.</param>
    /// <param name="found">How many entries were read; one more than are shown where there is a next page.</param>
    /// <param name="countAsync">Counts the entries, up to one more than the bound.</param>
    public static async Task<Pagination> CountAsync(PageRequest request, int skipped, int found, Func<Task<int>> countAsync)
    {
        if (found <= request.Size && (found > 0 || skipped == 0))
        {
            return Pagination.Create(request, skipped + found, isCapped: false);
        }

        var counted = await countAsync();
        return Pagination.Create(request, Math.Max(Math.Min(counted, MaxCounted), found > 0 ? skipped + found : 0), counted > MaxCounted);
    }
}
