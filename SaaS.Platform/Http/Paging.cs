using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace SaaS.Platform.Http;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="Page">The page, from 1.</param>
/// <param name="PerPage">How many entries a page has, 1 to 100.</param>
public sealed record PageRequest(
    [FromQuery(Name = "page"), Range(1, PageRequest.MaxPage), Description("The page, from 1.")] int Page = 1,
    [FromQuery(Name = "per_page"), Range(1, PageRequest.MaxPerPage), Description("How many entries a page has.")] int PerPage = 20)
{
    public const int MaxPage = 1_000_000;
    public const int MaxPerPage = 100;
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
        var items = await ordered.Skip((request.Page - 1) * request.PerPage).Take(request.PerPage).ToListAsync(ct);

        return new PageOf<T>(items, new Pagination(request.Page, request.PerPage, total, (total + request.PerPage - 1) / request.PerPage));
    }
}
