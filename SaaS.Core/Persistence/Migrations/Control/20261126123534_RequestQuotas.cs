using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class RequestQuotas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "quotas_max_requests_per_minute",
                table: "tenants",
                type: "integer",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "quotas_max_requests_per_minute",
                table: "tenants");
        }
    }
}
