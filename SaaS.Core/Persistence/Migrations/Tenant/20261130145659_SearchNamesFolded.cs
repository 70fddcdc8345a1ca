using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class SearchNamesFolded : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_documents_filename_search",
                table: "documents");

            migrationBuilder.AddColumn<string>(
                name: "filename_search",
                table: "documents",
                type: "text",
                nullable: false,
                computedColumnSql: "upper(normalize(filename, NFC) COLLATE \"und-x-icu\")",
                stored: true,
                collation: "und-x-icu");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_search",
                table: "documents",
                column: "filename_search")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_documents_filename_search",
                table: "documents");

            migrationBuilder.DropColumn(
                name: "filename_search",
                table: "documents");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_search",
                table: "documents",
                column: "filename")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });
        }
    }
}
