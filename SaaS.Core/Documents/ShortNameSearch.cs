using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

/// <summary>
/// Finds documents by one or two characters of their name, which an index of trigrams cannot. A frequent text is found among the next
/// <see cref="Window"/> documents of the list's order; for a rare one an index holds every character and every pair of a name as it is searched.
/// </summary>
internal static class ShortNameSearch
{
    /// <summary>How many documents are read before the index is used.</summary>
    public const int Window = 2_000;

    /// <summary>Used by a migration, and so never changed. The cost keeps the planner from computing grams row by row.</summary>
    public const string Create =
        """
        CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
        RETURN (SELECT array_agg(DISTINCT substr(name, start, size) COLLATE "C") FROM generate_series(1, char_length(name)) AS start, generate_series(1, 2) AS size);
        CREATE INDEX ix_documents_filename_grams ON documents USING gin (name_grams(filename_search));
        """;

    public const string Drop =
        """
        DROP INDEX ix_documents_filename_grams;
        DROP FUNCTION name_grams(text);
        """;

    private const int MaxLength = 2;

    public static bool Fits(string? text) => !string.IsNullOrEmpty(text) && text.EnumerateRunes().Count() <= MaxLength;

    /// <summary>The documents whose name has every gram of the text: those that contain it, and seldom others.</summary>
    public static IQueryable<Document> Narrow(TenantDbContext db, string text) =>
        db.Documents.FromSql($"SELECT * FROM documents WHERE name_grams(filename_search) @> name_grams(upper(normalize({text}, NFC) COLLATE \"und-x-icu\"))").AsNoTracking();
}
