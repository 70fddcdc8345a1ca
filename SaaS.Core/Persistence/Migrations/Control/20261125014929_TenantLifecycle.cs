using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class TenantLifecycle : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                table: "tenants",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "erase_after",
                table: "tenants",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "export_wanted",
                table: "tenants",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "quotas_max_documents",
                table: "tenants",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "quotas_max_members",
                table: "tenants",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "quotas_max_storage_bytes",
                table: "tenants",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_tenants_created_by",
                table: "tenants",
                column: "created_by");

            migrationBuilder.CreateIndex(
                name: "ix_tenants_erase_after",
                table: "tenants",
                column: "erase_after",
                filter: "erase_after IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_tenants_created_by",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_tenants_erase_after",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "deleted_at",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "erase_after",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "export_wanted",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "quotas_max_documents",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "quotas_max_members",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "quotas_max_storage_bytes",
                table: "tenants");
        }
    }
}
