using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Tenant
{
    /// <inheritdoc />
    public partial class ContentUsage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "content_usage",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    documents = table.Column<long>(type: "bigint", nullable: false),
                    storage_bytes = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_content_usage", x => x.id);
                    table.CheckConstraint("ck_content_usage_one_row", "id = 1");
                });

            // The template has nothing, a tenant that is older than this table has what it has.
            migrationBuilder.Sql(
                """
                INSERT INTO content_usage (id, documents, storage_bytes)
                SELECT 1, (SELECT count(*) FROM documents), (SELECT coalesce(sum(file_size), 0) FROM files)
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "content_usage");
        }
    }
}
