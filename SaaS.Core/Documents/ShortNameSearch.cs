using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>
/// Finds documents by one or two characters of their name, which a trigram index cannot. It filters the next <see cref="Window"/> documents
/// of the list, and for rare texts uses an index of all single characters and pairs.
/// </summary>
internal static class ShortNameSearch
{
    /// <summary>Number of documents that are read before the index is used.</summary>
    public const int Window = 2_000;

    /// <summary>A migration uses this SQL: never change it. The cost keeps the planner from computing grams row by row.</summary>
    public const string Create = """
        CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
        RETURN (SELECT array_agg(DISTINCT substr(name, start, size) COLLATE "C") FROM generate_series(1, char_length(name)) AS start, generate_series(1, 2) AS size);
        CREATE INDEX ix_documents_filename_grams ON documents USING gin (name_grams(filename_search));
        """;

    public const string Drop = """
        DROP INDEX ix_documents_filename_grams;
        DROP FUNCTION name_grams(text);
        """;

    private const int MaxLength = 2;

    public static bool AppliesTo(string? text) => !string.IsNullOrEmpty(text) && text.EnumerateRunes().Count() <= MaxLength;

    /// <summary>Returns the documents whose name has every gram of the text: all that contain it, and few others.</summary>
    public static IQueryable<Document> Filter(TenantDbContext db, string text) =>
        db
            .Documents.FromSql(
                $"SELECT * FROM documents WHERE name_grams(filename_search) @> name_grams(upper(normalize({text}, NFC) COLLATE \"und-x-icu\"))"
            )
            .AsNoTracking();
}
