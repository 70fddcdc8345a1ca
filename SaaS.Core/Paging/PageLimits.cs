using SaaS.Core.Http;

namespace SaaS.Core.Paging;

/// <summary>Limits the cost of reading one page.</summary>
internal static class PageLimits
{
    /// <summary>The maximum number of entries that are counted for a total without a stored counter.</summary>
    public const int MaxCounted = 1_000;

    /// <summary>The maximum number of entries reachable by page number: PostgreSQL reads and discards those before a page.</summary>
    public const int MaxReachedByNumber = 10_000;

    public static readonly Problem InvalidCursor = Problem.ForField(
        "cursor",
        "Does not belong to this list with these parameters. Start again without it."
    );

    private static readonly Problem CursorOrPage = Problem.ForField("cursor", "Give either cursor or page.");
    private static readonly Problem PageTooFar = Problem.ForField(
        "page",
        $"Pages end at entry {MaxReachedByNumber}; continue with next_cursor."
    );

    public static Problem? Check(PageRequest request) =>
        request is { Cursor: not null, Page: not null } ? CursorOrPage
        : request.Cursor is null && ((request.Number - 1L) * request.Size) >= MaxReachedByNumber ? PageTooFar
        : null;

    /// <summary>
    /// Determines the total from the last page, from a count up to <see cref="MaxCounted"/>, or from the position of a page beyond it.
    /// </summary>
    /// <param name="request">The page.</param>
    /// <param name="skipped">The number of entries before the page.</param>
    /// <param name="found">The number of entries that were read; one more than the page size when there is a next page.</param>
    /// <param name="countAsync">Counts the entries, up to <see cref="MaxCounted"/> + 1.</param>
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
