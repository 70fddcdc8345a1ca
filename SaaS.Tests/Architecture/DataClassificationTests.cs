using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Persistence;
using SaaS.LocalServices;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that docs/DATA.md lists exactly the tables and the uses of cryptography that exist.</summary>
public sealed partial class DataClassificationTests
{
    // Name parts of columns whose values are encrypted, wrapped or hashed.
    private static readonly string[] Unreadable = ["encrypted_", "_hash", "wrapped", "_fingerprint"];

    // Hashes of content, visible to every user who may see the content.
    private static readonly string[] Digests = ["md5_hash", "sha256_hash"];

    private static readonly string[] Hosts =
    [
        "SaaS.Core",
        "SaaS.Infrastructure",
        "SaaS.ServiceDefaults",
        "SaaS.Api",
        "SaaS.Worker",
        "SaaS.Scheduler",
    ];

    [Theory]
    [InlineData("### The platform's database")]
    [InlineData("### A tenant's database")]
    public async Task Every_table_has_a_data_classification(string database)
    {
        var (rows, columns) = (await RowsAsync(database), Columns(database));
        Assert.Equal(columns.Select(column => column.Table).Distinct().Order(), rows.Select(row => row.Table).Order());

        var classes = Class().Matches(await SectionAsync("## Classes")).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(["secret", "personal", "content", "internal"], classes);
        Assert.All(rows, row => Assert.Contains(row.Class, classes));
    }

    [Theory]
    [InlineData("### The platform's database")]
    [InlineData("### A tenant's database")]
    public async Task Secret_columns_are_documented_and_stored_encrypted_or_hashed(string database)
    {
        var listed = (await RowsAsync(database)).SelectMany(row => row.Secret.Select(column => (row.Table, column))).ToHashSet();
        var stored = Columns(database).ToHashSet();
        Assert.Subset(stored, listed);
        Assert.All(listed, secret => Assert.Contains(Unreadable, part => secret.column.Contains(part, StringComparison.Ordinal)));
        Assert.Equal(
            stored
                .Where(column =>
                    Unreadable.Any(part => column.Column.Contains(part, StringComparison.Ordinal)) && !Digests.Contains(column.Column)
                )
                .Order(),
            listed.Order()
        );
    }

    [Fact]
    public async Task Every_use_of_cryptography_is_in_the_inventory()
    {
        var root = Repository.Root();
        var used = Hosts
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(root, project), "*.cs", SearchOption.AllDirectories))
            .Where(file =>
                !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Contains("obj")
                && Cryptography().IsMatch(File.ReadAllText(file))
            )
            .Select(file => Path.GetFileName(file));
        var listed = SourceFile().Matches(await SectionAsync("## Cryptography")).Select(match => match.Groups[1].Value);
        Assert.Equal(used.Order(), listed.Order());
    }

    private static HashSet<(string Table, string Column)> Columns(string database)
    {
        using DbContext context = database.Contains("tenant", StringComparison.Ordinal)
            ? new TenantDbContextDesignFactory().CreateDbContext([])
            : new ControlDbContextFactory().CreateDbContext([]);
        return
        [
            .. context.Model.GetRelationalModel().Tables.SelectMany(table => table.Columns.Select(column => (table.Name, column.Name))),
        ];
    }

    private static async Task<List<(string Table, string Class, string[] Secret)>> RowsAsync(string database) =>
        [
            .. Table()
                .Matches(await SectionAsync(database))
                .Select(row =>
                    (
                        row.Groups["table"].Value,
                        row.Groups["class"].Value,
                        Quoted().Matches(row.Groups["secret"].Value).Select(column => column.Groups[1].Value).ToArray()
                    )
                ),
        ];

    private static async Task<string> SectionAsync(string heading)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root(), "docs", "DATA.md"));
        var begin = text.IndexOf($"{heading}\n", StringComparison.Ordinal) + heading.Length;
        var end = text.IndexOf("\n#", begin, StringComparison.Ordinal);
        return end < 0 ? text[begin..] : text[begin..end];
    }

    [GeneratedRegex(@"^\| (secret|personal|content|internal) \|", RegexOptions.Multiline)]
    private static partial Regex Class();

    [GeneratedRegex(@"^\| `(?<table>[a-z_]+)` \| (?<class>[a-z]+) \|(?<secret>[^|]*)\|[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"`(\w+\.cs)`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"using System\.Security\.Cryptography|using BCrypt|using OtpNet|SecurityAlgorithms\.|: Cipher\b|class Cipher\b")]
    private static partial Regex Cryptography();
}
