using System;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Auditing;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Core.Messaging;

#nullable disable

namespace SaaS.Core.Persistence.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:CollationDefinition:name_order", "und-u-kn-true,und-u-kn-true,icu,True")
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    occurred_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    action = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    subject_type = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false, defaultValue: ""),
                    subject_id = table.Column<Guid>(type: "uuid", nullable: false),
                    details = table.Column<JsonElement>(type: "jsonb", nullable: true),
                    address = table.Column<string>(type: "character varying(45)", maxLength: 45, nullable: true),
                    trace_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "consumed_events",
                columns: table => new
                {
                    event_id = table.Column<Guid>(type: "uuid", nullable: false),
                    consumer = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    consumed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_consumed_events", x => new { x.event_id, x.consumer });
                });

            migrationBuilder.CreateTable(
                name: "content_usage",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    documents = table.Column<long>(type: "bigint", nullable: false),
                    files = table.Column<long>(type: "bigint", nullable: false),
                    storage_bytes = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_content_usage", x => x.id);
                    table.CheckConstraint("ck_content_usage_one_row", "id = 1");
                });

            migrationBuilder.CreateTable(
                name: "files",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    sha256_hash = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    md5_hash = table.Column<string>(type: "character(32)", fixedLength: true, maxLength: 32, nullable: false),
                    file_size = table.Column<long>(type: "bigint", nullable: false),
                    s3_path = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    media_type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    file_metadata = table.Column<JsonElement>(type: "jsonb", nullable: false, defaultValueSql: "'{}'"),
                    document_count = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    unused_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    verified_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_files", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_records",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    operation = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    key = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    fingerprint = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    status = table.Column<int>(type: "integer", nullable: false),
                    location = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    body = table.Column<string>(type: "text", nullable: false),
                    stored_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency_records", x => new { x.user_id, x.operation, x.key });
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    key = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    envelope = table.Column<string>(type: "jsonb", nullable: false),
                    trace_parent = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    position = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "unfinished_uploads",
                columns: table => new
                {
                    file_id = table.Column<Guid>(type: "uuid", nullable: false),
                    md5_hash = table.Column<string>(type: "character(32)", fixedLength: true, maxLength: 32, nullable: false),
                    begun_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_unfinished_uploads", x => x.file_id);
                });

            migrationBuilder.CreateTable(
                name: "documents",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    filename = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    filename_search = table.Column<string>(type: "text", nullable: false, computedColumnSql: "upper(normalize(filename, NFC) COLLATE \"und-x-icu\")", stored: true, collation: "und-x-icu"),
                    mime_type = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    file_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_documents", x => x.id);
                    table.ForeignKey(
                        name: "fk_documents_files_file_id",
                        column: x => x.file_id,
                        principalTable: "files",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_action_occurred_at_id",
                table: "audit_entries",
                columns: new[] { "action", "occurred_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_actor_occurred_at_id",
                table: "audit_entries",
                columns: new[] { "actor", "occurred_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_occurred_at_id",
                table: "audit_entries",
                columns: new[] { "occurred_at", "id" },
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_subject_id_occurred_at_id",
                table: "audit_entries",
                columns: new[] { "subject_id", "occurred_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_documents_created_at_id",
                table: "documents",
                columns: new[] { "created_at", "id" },
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "ix_documents_file_id",
                table: "documents",
                column: "file_id");

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_id",
                table: "documents",
                columns: new[] { "filename", "id" })
                .Annotation("Relational:Collation", new[] { "name_order" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_filename_search",
                table: "documents",
                column: "filename_search")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_mime_type_created_at_id",
                table: "documents",
                columns: new[] { "mime_type", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_updated_at_id",
                table: "documents",
                columns: new[] { "updated_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_documents_user_id_created_at_id",
                table: "documents",
                columns: new[] { "user_id", "created_at", "id" });

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
                name: "ix_files_md5_hash",
                table: "files",
                column: "md5_hash");

            migrationBuilder.CreateIndex(
                name: "ix_files_sha256_hash_file_size",
                table: "files",
                columns: new[] { "sha256_hash", "file_size" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_files_unused_since_id",
                table: "files",
                columns: new[] { "unused_since", "id" },
                filter: "document_count = 0");

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_records_stored_at",
                table: "idempotency_records",
                column: "stored_at");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_position",
                table: "outbox",
                column: "position");

            migrationBuilder.Sql(OutboxOrder.Create);
            migrationBuilder.Sql("INSERT INTO content_usage (id, documents, storage_bytes, files) VALUES (1, 0, 0, 0)");
            migrationBuilder.Sql(FileUse.Create);
            migrationBuilder.Sql(FileCount.Create);
            migrationBuilder.Sql(AuditPurge.Create);
            migrationBuilder.Sql(ShortNameSearch.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(ShortNameSearch.Drop);
            migrationBuilder.Sql(AuditPurge.Drop);
            migrationBuilder.Sql(FileCount.Drop);
            migrationBuilder.Sql(FileUse.Drop);

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "consumed_events");

            migrationBuilder.DropTable(
                name: "content_usage");

            migrationBuilder.DropTable(
                name: "documents");

            migrationBuilder.DropTable(
                name: "idempotency_records");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "unfinished_uploads");

            migrationBuilder.DropTable(
                name: "files");

            migrationBuilder.Sql(OutboxOrder.Drop);
            migrationBuilder.Sql("DROP COLLATION name_order");
        }
    }
}
