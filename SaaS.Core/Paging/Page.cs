using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Paging;

/// <summary>The position of a page in a list.</summary>
/// <param name="Page">The number of the page, from 1.</param>
/// <param name="PerPage">The number of entries per page.</param>
/// <param name="Total">The number of entries in the list; a lower bound if `total_is_capped`.</param>
/// <param name="Pages">The number of pages; 0 when the list is empty.</param>
/// <param name="TotalIsCapped">True when counting stopped before the end of the list.</param>
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
/// <param name="Pagination">The position of the page in the list; null when a cursor was given.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, Pagination? Pagination, string? NextCursor)
{
    public bool HasMore => NextCursor is not null;

    public Page<TOther> Select<TOther>(Func<T, TOther> map) => new([.. Items.Select(map)], Pagination, NextCursor);
}

/// <summary>One page of a list, in the format of the original system: the entries are in `data`.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">A message for users.</param>
/// <param name="Data">The entries.</param>
/// <param name="Pagination">The position of the page in the list; null when a cursor was given.</param>
/// <param name="NextCursor">The value of `cursor` for the next page; null on the last page.</param>
/// <param name="HasMore">True when there is a next page.</param>
public sealed record ListResponse<T>(
    bool Success,
    string Message,
    IReadOnlyList<T> Data,
    Pagination? Pagination,
    string? NextCursor,
    bool HasMore
)
{
    /// <summary>The default page size, larger than for other lists, so that clients without paging usually get all entries.</summary>
    public const int DefaultSize = PageRequest.MaxSize;
}

/// <summary>Builds a <see cref="ListResponse{T}"/>.</summary>
internal static class ListResponse
{
    public static Ok<ListResponse<T>> Ok<T>(Page<T> page, string message) =>
        TypedResults.Ok(new ListResponse<T>(true, message, page.Items, page.Pagination, page.NextCursor, page.HasMore));
}
