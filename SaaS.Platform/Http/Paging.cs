using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace SaaS.Platform.Http;

/// <summary>Which page of a list is asked for.</summary>
public sealed class PageRequest
{
    public const int MaxNumber = 1_000_000;
    public const int MaxSize = 100;
    public const int DefaultSize = 20;

    /// <summary>The page, from 1.</summary>
    [FromQuery(Name = "page"), Range(1, MaxNumber), Description("The page, from 1, which is the default.")]
    public int? Page { get; init; }

    /// <summary>How many entries a page has, 1 to 100.</summary>
    [FromQuery(Name = "per_page"), Range(1, MaxSize), Description("How many entries a page has, 1 to 100; 20 unless given.")]
    public int? PerPage { get; init; }

    /// <summary>The same page with another size unless one is given.</summary>
    public PageRequest OrDefault(int size) => new() { Page = Page, PerPage = PerPage ?? size };

    internal int Number => Page ?? 1;

    internal int Size => PerPage ?? DefaultSize;
}

/// <summary>Which page of how many this is.</summary>
/// <param name="Page">The page, from 1.</param>
/// <param name="PerPage">How many entries a page has.</param>
/// <param name="Total">How many entries there are in all.</param>
/// <param name="Pages">How many pages there are; 0 when there is nothing.</param>
public sealed record Pagination(int Page, int PerPage, int Total, int Pages);

/// <summary>One page of a list.</summary>
public sealed record PageOf<T>(IReadOnlyList<T> Items, Pagination Pagination);

public static class Paging
{
    /// <summary>Reads one page; the query must be in a total order, or entries would move between pages.</summary>
    public static async Task<PageOf<T>> ToPageAsync<T>(this IQueryable<T> ordered, PageRequest request, CancellationToken ct)
    {
        var total = await ordered.CountAsync(ct);
        return Page(await ordered.Of(request).ToListAsync(ct), request, total);
    }

    /// <summary>Reads one page and, in the same statement, how many entries there are in all, where a row tells it: then nobody counts them.</summary>
    /// <param name="count">The one row.</param>
    public static async Task<PageOf<T>> ToPageAsync<T>(this IQueryable<T> ordered, PageRequest request, IQueryable<long> count, CancellationToken ct)
    {
        var counted = await ordered.Of(request).Select(item => new Counted<T>(item, count.Single())).ToListAsync(ct);
        var total = counted is [var first, ..] ? first.Total : await count.SingleAsync(ct); // an empty page has no row that could tell
        return Page(counted.ConvertAll(one => one.Item), request, (int)total);
    }

    private static IQueryable<T> Of<T>(this IQueryable<T> ordered, PageRequest request) => ordered.Skip((request.Number - 1) * request.Size).Take(request.Size);

    /// <summary>Says which page of how many a request asked for.</summary>
    public static Pagination PaginationOf(PageRequest request, int total) => new(request.Number, request.Size, total, (total + request.Size - 1) / request.Size);

    private static PageOf<T> Page<T>(List<T> items, PageRequest request, int total) => new(items, PaginationOf(request, total));

    private sealed record Counted<T>(T Item, long Total);
}
