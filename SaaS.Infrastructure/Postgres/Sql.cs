using Npgsql;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// Quotes identifiers and literals for statements that take no parameters (CREATE, ALTER, DROP); the only place that may build SQL from
/// text.
/// </summary>
public static class Sql
{
    public static string Name(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string value) =>
        value.Contains('\\', StringComparison.Ordinal)
            ? throw new ArgumentException("A literal with a backslash would depend on the server's settings.", nameof(value))
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The escape character of <see cref="Containing"/>, to pass to LIKE with the pattern.</summary>
    public const string Escape = @"\";

    /// <summary>A collation that every database has: the Unicode root order, independent of case and accents.</summary>
    public const string LetterOrder = "und-x-icu";

    /// <summary>
    /// Builds a LIKE pattern that matches a text anywhere, with wildcards escaped. Names and addresses are stored in normal form C.
    /// </summary>
    public static string Containing(string text) =>
        $"%{(UnicodeText.Normalize(text) ?? text).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    public static async Task RunAsync(this NpgsqlConnection connection, string statement, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
