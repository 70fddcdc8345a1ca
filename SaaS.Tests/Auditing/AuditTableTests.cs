using SaaS.Core.Auditing;

namespace SaaS.Tests.Auditing;

public sealed class AuditTableTests
{
    [Fact]
    public void The_table_lists_every_action_once_with_its_subject_type()
    {
        Assert.Equal(
            AuditAction.All.Keys.Order(StringComparer.Ordinal),
            AuditTable.Rows.Select(row => row.Action.Name).Order(StringComparer.Ordinal)
        );
        Assert.All(AuditTable.Rows, row => Assert.Equal((row.Action.Name, row.SubjectType), (row.Action.Name, row.Action.SubjectType)));
        Assert.All(AuditTable.Rows.Where(row => row.Action is TenantAuditAction), row => Assert.True(row.OfTenant, row.Action.Name));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2", "'-2")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hello\"", "\"say \"\"hello\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=HYPERLINK(\"http://x\",1)", "\"'=HYPERLINK(\"\"http://x\"\",1)\"")]
    [InlineData(null, "")]
    public void CSV_fields_are_quoted_and_formulas_are_neutralized(string? text, string expected) =>
        Assert.Equal(expected, AuditExport.CsvField(text));
}
