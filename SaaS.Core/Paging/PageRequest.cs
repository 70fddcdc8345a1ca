using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Paging;

/// <summary>Selects a page of a list: by its number, or by the cursor of the page before.</summary>
public sealed class PageRequest
{
    public const int MaxNumber = 1_000_000;
    public const int MaxSize = 100;
    public const int DefaultSize = 20;

    /// <summary>Say where to read and in which form; every other parameter decides what is in the list and in which order.</summary>
    private static readonly HashSet<string> Position = new(["page", "per_page", "cursor", "format"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The page, from 1.</summary>
    [FromQuery(Name = "page"), Range(1, MaxNumber), Description("The page, from 1, which is the default. Pages reach the first 10,000 entries.")]
    public int? Page { get; init; }

    /// <summary>How many entries a page has, 1 to 100.</summary>
    [FromQuery(Name = "per_page"), Range(1, MaxSize), Description("How many entries a page has, 1 to 100; 20 unless given.")]
    public int? PerPage { get; init; }

    /// <summary>The position to continue from.</summary>
    [FromQuery(Name = "cursor"), CursorText]
    [Description("The `next_cursor` of the page before, sent with the same other parameters: continues after its last entry. Costs the same at any depth; not together with `page`.")]
    public string? Cursor { get; init; }

    /// <summary>The request itself.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>The same request with another page size unless one is given.</summary>
    public PageRequest OrDefault(int size) => new() { Page = Page, PerPage = PerPage ?? size, Cursor = Cursor, Http = Http };

    internal int Number => Page ?? 1;

    internal int Size => PerPage ?? DefaultSize;

    /// <summary>Identifies the list that is read: whose it is, its path, and every parameter that filters or sorts it.</summary>
    internal string List
    {
        get
        {
            if (Http is null)
            {
                return "";
            }

            var parameters = Http.Request.Query
                .Where(parameter => !Position.Contains(parameter.Key))
                .Select(parameter => $"{parameter.Key.ToLowerInvariant()}={Uri.EscapeDataString(parameter.Value.ToString())}")
                .Order(StringComparer.Ordinal);
            return string.Join('\n', [CurrentUser.Of(Http)?.UserId.ToString() ?? "", Http.Request.Path.Value!.TrimEnd('/').ToLowerInvariant(), .. parameters]);
        }
    }

    private sealed class CursorTextAttribute : FieldRuleAttribute
    {
        public override FieldRule Rule { get; } = new() { MaxLength = Paging.Cursor.MaxTextLength, Pattern = Paging.Cursor.Pattern, PatternExpected = "Must be the next_cursor of a page." };
    }
}
