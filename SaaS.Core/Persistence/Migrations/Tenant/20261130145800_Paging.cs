using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class Paging : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_files_unused_since",
                table: "files");

            migrationBuilder.DropIndex(
                name: "ix_documents_mime_type",
                table: "documents");

            migrationBuilder.DropIndex(
                name: "ix_documents_user_id",
                table: "documents");

            migrationBuilder.AddColumn<long>(
                name: "files",
                table: "content_usage",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateIndex(
                name: "ix_files_unused_since_id",
                table: "files",
                columns: new[] { "unused_since", "id" },
                filter: "document_count = 0");

            migrationBuilder.CreateIndex(
                name: "ix_documents_mime_type_created_at_id",
                table: "documents",
                columns: new[] { "mime_type", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_user_id_created_at_id",
                table: "documents",
                columns: new[] { "user_id", "created_at", "id" });

            migrationBuilder.Sql(FileCount.Create);
            migrationBuilder.Sql(ShortNameSearch.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(ShortNameSearch.Drop);
            migrationBuilder.Sql(FileCount.Drop);

            migrationBuilder.DropIndex(
                name: "ix_files_unused_since_id",
                table: "files");

            migrationBuilder.DropIndex(
                name: "ix_documents_mime_type_created_at_id",
                table: "documents");

            migrationBuilder.DropIndex(
                name: "ix_documents_user_id_created_at_id",
                table: "documents");

            migrationBuilder.DropColumn(
                name: "files",
                table: "content_usage");

            migrationBuilder.CreateIndex(
                name: "ix_files_unused_since",
                table: "files",
                column: "unused_since",
                filter: "document_count = 0");

            migrationBuilder.CreateIndex(
                name: "ix_documents_mime_type",
                table: "documents",
                column: "mime_type");

            migrationBuilder.CreateIndex(
                name: "ix_documents_user_id",
                table: "documents",
                column: "user_id");
        }
    }
}
