using System;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Documents.Files;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class FilesAndDocuments : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.AddColumn<int>(
                name: "document_count",
                table: "files",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<JsonElement>(
                name: "file_metadata",
                table: "files",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<string>(
                name: "media_type",
                table: "files",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "unused_since",
                table: "files",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "updated_at",
                table: "files",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.CreateIndex(
                name: "ix_files_created_at_id",
                table: "files",
                columns: new[] { "created_at", "id" },
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "ix_files_file_size_id",
                table: "files",
                columns: new[] { "file_size", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_files_unused_since",
                table: "files",
                column: "unused_since",
                filter: "document_count = 0");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_id",
                table: "documents",
                columns: new[] { "filename", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_search",
                table: "documents",
                column: "filename")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_mime_type",
                table: "documents",
                column: "mime_type");

            migrationBuilder.CreateIndex(
                name: "ix_documents_updated_at_id",
                table: "documents",
                columns: new[] { "updated_at", "id" });

            migrationBuilder.Sql("UPDATE files SET updated_at = created_at");
            migrationBuilder.Sql(FileUse.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(FileUse.Drop);

            migrationBuilder.DropIndex(
                name: "ix_files_created_at_id",
                table: "files");

            migrationBuilder.DropIndex(
                name: "ix_files_file_size_id",
                table: "files");

            migrationBuilder.DropIndex(
                name: "ix_files_unused_since",
                table: "files");

            migrationBuilder.DropIndex(
                name: "ix_documents_filename_id",
                table: "documents");

            migrationBuilder.DropIndex(
                name: "ix_documents_filename_search",
                table: "documents");

            migrationBuilder.DropIndex(
                name: "ix_documents_mime_type",
                table: "documents");

            migrationBuilder.DropIndex(
                name: "ix_documents_updated_at_id",
                table: "documents");

            migrationBuilder.DropColumn(
                name: "document_count",
                table: "files");

            migrationBuilder.DropColumn(
                name: "file_metadata",
                table: "files");

            migrationBuilder.DropColumn(
                name: "media_type",
                table: "files");

            migrationBuilder.DropColumn(
                name: "unused_since",
                table: "files");

            migrationBuilder.DropColumn(
                name: "updated_at",
                table: "files");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");
        }
    }
}
