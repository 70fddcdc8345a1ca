using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Persistence.Migrations.Control
{
    /// <inheritdoc />
    public partial class AddInactiveTenantsIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_tenants_inactive",
                table: "tenants",
                column: "id",
                filter: "state <> 'Active'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_tenants_inactive",
                table: "tenants");
        }
    }
}
