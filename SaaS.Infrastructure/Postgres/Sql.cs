using Npgsql;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Infrastructure.Postgres;

/// <summary>For statements that take no parameters (CREATE, ALTER, DROP): quoting, in the one place that may build SQL from text.</summary>
public static class Sql
{
    public static string Name(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string value) =>
        value.Contains('\\', StringComparison.Ordinal)
            ? throw new ArgumentException("A literal with a backslash would depend on the server's settings.", nameof(value))
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>What <see cref="Containing"/> escapes with; to be given to LIKE beside the pattern.</summary>
    public const string Escape = @"\";

    /// <summary>A collation of every database: letters in the order of Unicode's root locale, whatever their case or accents.</summary>
    public const string LetterOrder = "und-x-icu";

    /// <summary>The pattern for LIKE that finds a text anywhere, and nothing else: what people type holds no wildcards. Names and addresses are stored in normal form C.</summary>
    public static string Containing(string text) =>
        $"%{(UnicodeText.Normalize(text) ?? text).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    public static async Task RunAsync(this NpgsqlConnection connection, string statement, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
