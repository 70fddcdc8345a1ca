using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Persistence.Migrations.Control
{
    /// <inheritdoc />
    public partial class AddUsageTotalsAndUnfinishedTenants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_tenants_state",
                table: "tenants");

            migrationBuilder.CreateTable(
                name: "usage_totals",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    tenants = table.Column<int>(type: "integer", nullable: false),
                    members = table.Column<long>(type: "bigint", nullable: false),
                    documents = table.Column<long>(type: "bigint", nullable: false),
                    storage_bytes = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_usage_totals", x => x.day);
                });

            migrationBuilder.CreateIndex(
                name: "ix_tenants_unfinished",
                table: "tenants",
                column: "state",
                filter: "state IN ('Provisioning', 'Erasing')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "usage_totals");

            migrationBuilder.DropIndex(
                name: "ix_tenants_unfinished",
                table: "tenants");

            migrationBuilder.CreateIndex(
                name: "ix_tenants_state",
                table: "tenants",
                column: "state",
                filter: "state = 'Provisioning'");
        }
    }
}
