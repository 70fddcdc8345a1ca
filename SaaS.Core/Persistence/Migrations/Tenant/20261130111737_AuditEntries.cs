using System;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Auditing;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class AuditEntries : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_audit_entries_subject_id",
                table: "audit_entries");

            migrationBuilder.AddColumn<string>(
                name: "address",
                table: "audit_entries",
                type: "character varying(45)",
                maxLength: 45,
                nullable: true);

            migrationBuilder.AddColumn<JsonElement>(
                name: "details",
                table: "audit_entries",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "subject_type",
                table: "audit_entries",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<Guid>(
                name: "tenant_id",
                table: "audit_entries",
                type: "uuid",
                nullable: true);

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
                name: "ix_audit_entries_subject_id_occurred_at_id",
                table: "audit_entries",
                columns: new[] { "subject_id", "occurred_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.Sql("UPDATE audit_entries SET subject_type = split_part(action, '.', 1)"); // the best that is known of older entries
            migrationBuilder.Sql(AuditPurge.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(AuditPurge.Drop);

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_action_occurred_at_id",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_actor_occurred_at_id",
                table: "audit_entries");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_subject_id_occurred_at_id",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "address",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "details",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "subject_type",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "tenant_id",
                table: "audit_entries");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_subject_id",
                table: "audit_entries",
                column: "subject_id");
        }
    }
}
