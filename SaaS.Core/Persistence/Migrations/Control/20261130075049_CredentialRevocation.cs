using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class CredentialRevocation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "security_stamp",
                table: "users",
                type: "uuid",
                nullable: false,
                defaultValueSql: "gen_random_uuid()");

            migrationBuilder.AddColumn<string>(
                name: "email",
                table: "sso_identities",
                type: "character varying(255)",
                maxLength: 255,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "challenge",
                table: "sso_flows",
                type: "character varying(43)",
                maxLength: 43,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "security_stamp",
                table: "sso_flows",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "parent_id",
                table: "sessions",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "security_stamp",
                table: "sessions",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"));

            migrationBuilder.AddColumn<Guid>(
                name: "security_stamp",
                table: "mailed_links",
                type: "uuid",
                nullable: true);

            // Whoever is signed in stays so, and links that are on their way stay valid.
            migrationBuilder.Sql("UPDATE sessions SET security_stamp = users.security_stamp FROM users WHERE users.id = sessions.user_id;");
            migrationBuilder.Sql("UPDATE mailed_links SET security_stamp = users.security_stamp FROM users WHERE users.id = mailed_links.user_id;");

            migrationBuilder.CreateTable(
                name: "removed_members",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    email = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    external_subject = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    removed_by = table.Column<Guid>(type: "uuid", nullable: false),
                    removed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removed_members", x => new { x.tenant_id, x.user_id });
                    table.ForeignKey(
                        name: "fk_removed_members_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_removed_members_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_sso_flows_user_id",
                table: "sso_flows",
                column: "user_id",
                filter: "user_id IS NOT NULL AND code_used_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_parent_id",
                table: "sessions",
                column: "parent_id",
                filter: "parent_id IS NOT NULL AND ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_removed_members_user_id",
                table: "removed_members",
                column: "user_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "removed_members");

            migrationBuilder.DropIndex(
                name: "ix_sso_flows_user_id",
                table: "sso_flows");

            migrationBuilder.DropIndex(
                name: "ix_sessions_parent_id",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "security_stamp",
                table: "users");

            migrationBuilder.DropColumn(
                name: "email",
                table: "sso_identities");

            migrationBuilder.DropColumn(
                name: "challenge",
                table: "sso_flows");

            migrationBuilder.DropColumn(
                name: "security_stamp",
                table: "sso_flows");

            migrationBuilder.DropColumn(
                name: "parent_id",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "security_stamp",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "security_stamp",
                table: "mailed_links");
        }
    }
}
