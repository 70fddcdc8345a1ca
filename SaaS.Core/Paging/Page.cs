using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Paging;

/// <summary>Which page of how many this is.</summary>
/// <param name="Page">The page, from 1.</param>
/// <param name="PerPage">How many entries a page has.</param>
/// <param name="Total">How many entries there are in all; where `total_is_capped`, at least so many.</param>
/// <param name="Pages">How many pages that makes; 0 when there is nothing.</param>
/// <param name="TotalIsCapped">Whether counting stopped before the end of the list.</param>
public sealed record Pagination(int Page, int PerPage, int Total, int Pages, bool TotalIsCapped)
{
    internal static Pagination Create(PageRequest request, long total, bool isCapped)
    {
        var shown = (int)Math.Min(total, int.MaxValue - PageRequest.MaxSize);
        return new Pagination(request.Number, request.Size, shown, (shown + request.Size - 1) / request.Size, isCapped);
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The entries.</param>
/// <param name="Pagination">Null where the page was asked for by cursor.</param>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, Pagination? Pagination, string? NextCursor)
{
    public bool HasMore => NextCursor is not null;

    public Page<TOther> Select<TOther>(Func<T, TOther> map) => new([.. Items.Select(map)], Pagination, NextCursor);
}

/// <summary>One page of a list whose entries are the data themselves, as clients of the original system read them.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">The entries.</param>
/// <param name="Pagination">Which page of how many; null where a cursor was given.</param>
/// <param name="NextCursor">Where the next page begins, for `cursor`; null on the last one.</param>
/// <param name="HasMore">Whether there is a next page.</param>
public sealed record ListResponse<T>(bool Success, string Message, IReadOnlyList<T> Data, Pagination? Pagination, string? NextCursor, bool HasMore)
{
    /// <summary>More than of other lists: a client that asks for no page gets all entries, as a rule.</summary>
    public const int DefaultSize = PageRequest.MaxSize;
}

/// <summary>Builds a <see cref="ListResponse{T}"/>.</summary>
internal static class ListResponse
{
    public static Ok<ListResponse<T>> Ok<T>(Page<T> page, string message) =>
        TypedResults.Ok(new ListResponse<T>(true, message, page.Items, page.Pagination, page.NextCursor, page.HasMore));
}
