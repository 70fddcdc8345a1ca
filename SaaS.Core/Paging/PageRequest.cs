using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Paging;

/// <summary>Selects a page of a list by its number, or by the cursor of the previous page.</summary>
public sealed class PageRequest
{
    public const int MaxNumber = 1_000_000;
    public const int MaxSize = 100;
    public const int DefaultSize = 20;

    /// <summary>The parameters for position and format; all others filter or sort the list and so identify it.</summary>
    private static readonly HashSet<string> Position = new(["page", "per_page", "cursor", "format"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of the page, from 1.</summary>
    [
        FromQuery(Name = "page"),
        Range(1, MaxNumber),
        Description("The number of the page, from 1; 1 by default. Page numbers reach only the first 10,000 entries.")
    ]
    public int? Page { get; init; }

    /// <summary>The number of entries per page, 1 to 100.</summary>
    [FromQuery(Name = "per_page"), Range(1, MaxSize), Description("The number of entries per page, 1 to 100; 20 by default.")]
    public int? PerPage { get; init; }

    /// <summary>The position to continue from.</summary>
    [FromQuery(Name = "cursor"), CursorText]
    [Description(
        "The `next_cursor` of the previous page, with all other parameters unchanged. Costs the same at any depth; cannot be combined with `page`."
    )]
    public string? Cursor { get; init; }

    /// <summary>The HTTP request.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>Copies the request with another default page size.</summary>
    public PageRequest WithDefaultSize(int size) =>
        new()
        {
            Page = Page,
            PerPage = PerPage ?? size,
            Cursor = Cursor,
            Http = Http,
        };

    internal int Number => Page ?? 1;

    internal int Size => PerPage ?? DefaultSize;

    /// <summary>The identifier of the list: the current user, the path, and every parameter that filters or sorts.</summary>
    internal string List
    {
        get
        {
            if (Http is null)
            {
                return "";
            }

            var parameters = Http
                .Request.Query.Where(parameter => !Position.Contains(parameter.Key))
                .Select(parameter => $"{parameter.Key.ToLowerInvariant()}={Uri.EscapeDataString(parameter.Value.ToString())}")
                .Order(StringComparer.Ordinal);
            return string.Join(
                '\n',
                [CurrentUser.Get(Http)?.UserId.ToString() ?? "", Http.Request.Path.Value!.TrimEnd('/').ToLowerInvariant(), .. parameters]
            );
        }
    }

    private sealed class CursorTextAttribute : FieldRuleAttribute
    {
        public override FieldRule Rule { get; } =
            new()
            {
                MaxLength = Paging.Cursor.MaxTextLength,
                Pattern = Paging.Cursor.Pattern,
                PatternExpected = "Must be the next_cursor of a page.",
            };
    }
}
