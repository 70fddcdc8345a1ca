using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class NameOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_documents_filename_id",
                table: "documents");

            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:CollationDefinition:name_order", "und-u-kn-true,und-u-kn-true,icu,True")
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,")
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_id",
                table: "documents",
                columns: new[] { "filename", "id" })
                .Annotation("Relational:Collation", new[] { "name_order" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_documents_filename_id",
                table: "documents");

            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,")
                .OldAnnotation("Npgsql:CollationDefinition:name_order", "und-u-kn-true,und-u-kn-true,icu,True")
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_id",
                table: "documents",
                columns: new[] { "filename", "id" });
        }
    }
}
