using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents;
using SaaS.Infrastructure.Postgres;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents;

/// <summary>Tests that a part of a name finds the document in any normal form and letter case.</summary>
public sealed class SearchNameTests(SaaSApp app)
{
    [Theory]
    [InlineData("Übersicht 2026.pdf", "ÜBERSICHT", "übersicht", "u\u0308bersicht", "U\u0308BER", "sicht 20", "2026.PDF")]
    [InlineData("cafe\u0301.txt", "café", "CAFE\u0301", "É.TXT")]
    [InlineData("Отчёт.pdf", "ОТЧЁТ", "отче\u0308т")]
    [InlineData("ΟΔΟΣ ΑΘΗΝΑΣ.txt", "οδοσ", "οδος αθηνας")]
    [InlineData("STRASSE.txt", "strasse", "Straße")]
    [InlineData("100% sure_thing.txt", "100%", "SURE_")]
    public async Task A_search_finds_a_filename_in_any_spelling(string filename, params string[] searches)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var id = (await tenant.UploadAsync([1], filename)).IdOf();
        await tenant.UploadAsync([2], "another.bin");
        foreach (var search in searches)
        {
            using var found = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents?filename={Uri.EscapeDataString(search)}");
            Assert.Equal(id, Assert.Single((await found.ReadDataAsync()).GetProperty("documents").EnumerateArray()).IdOf());
        }
    }

    [Fact]
    public async Task A_filename_search_uses_an_index()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync([1], "Übersicht.pdf");
        var plan = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync();
                await db.Database.ExecuteSqlAsync($"SET LOCAL enable_seqscan = off");
                var query = db
                    .Documents.Where(document =>
                        EF.Functions.Like(document.FilenameSearch, EF.Functions.Collate("%übers%", Sql.LetterOrder).ToUpper(), Sql.Escape)
                    )
                    .Select(document => document.Id);
                await using var explain = db.Database.GetDbConnection().CreateCommand();
                explain.CommandText = $"EXPLAIN {query.ToQueryString()}";
                await using var lines = await explain.ExecuteReaderAsync();
                var read = new List<string>();
                while (await lines.ReadAsync())
                {
                    read.Add(lines.GetString(0));
                }

                return read;
            }
        );
        Assert.Contains(plan, line => line.Contains("ix_documents_filename_search", StringComparison.Ordinal));
    }
}
