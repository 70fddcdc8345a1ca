using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class SingleSignOn : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "auth_method",
                table: "tenants",
                type: "character varying(20)",
                maxLength: 20,
                nullable: false,
                defaultValue: "Local");

            migrationBuilder.AddColumn<string>(
                name: "method",
                table: "sessions",
                type: "character varying(20)",
                maxLength: 20,
                nullable: false,
                defaultValue: "Password");

            migrationBuilder.AddColumn<Guid>(
                name: "only_tenant_id",
                table: "sessions",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "break_glass_admins",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sealed_secret = table.Column<string>(type: "text", nullable: false),
                    confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_step = table.Column<long>(type: "bigint", nullable: false),
                    wrong = table.Column<int>(type: "integer", nullable: false),
                    wrong_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_break_glass_admins", x => new { x.tenant_id, x.user_id });
                    table.ForeignKey(
                        name: "fk_break_glass_admins_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_break_glass_admins_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sso_activities",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    occurred_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    kind = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    reason = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sso_activities", x => x.id);
                    table.ForeignKey(
                        name: "fk_sso_activities_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sso_configurations",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider_tenant_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    client_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    sealed_client_secret = table.Column<string>(type: "text", nullable: false),
                    client_secret_hash = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    client_secret_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    warned_days_before = table.Column<int>(type: "integer", nullable: true),
                    is_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    provisions = table.Column<bool>(type: "boolean", nullable: false),
                    default_role = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    syncs_attributes = table.Column<bool>(type: "boolean", nullable: false),
                    allowed_email_domains = table.Column<List<string>>(type: "text[]", nullable: false),
                    allowed_groups = table.Column<List<string>>(type: "text[]", nullable: false),
                    group_roles = table.Column<string>(type: "jsonb", nullable: false),
                    proved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sso_configurations", x => x.tenant_id);
                    table.CheckConstraint("ck_sso_configurations_default_role", "default_role IN ('Viewer', 'User')");
                    table.ForeignKey(
                        name: "fk_sso_configurations_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sso_domains",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    domain = table.Column<string>(type: "character varying(253)", maxLength: 253, nullable: false),
                    token = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    verified_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sso_domains", x => new { x.tenant_id, x.domain });
                    table.ForeignKey(
                        name: "fk_sso_domains_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sso_flows",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    nonce = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    browser_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    return_url = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    sealed_person = table.Column<string>(type: "text", nullable: true),
                    code_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sso_flows", x => x.id);
                    table.ForeignKey(
                        name: "fk_sso_flows_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sso_identities",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    directory_id = table.Column<Guid>(type: "uuid", nullable: false),
                    object_id = table.Column<Guid>(type: "uuid", nullable: false),
                    upn = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    display_name = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    job_title = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    department = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    company = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    sealed_access_token = table.Column<string>(type: "text", nullable: true),
                    sealed_refresh_token = table.Column<string>(type: "text", nullable: true),
                    token_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    refresh_token_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    retry_refresh_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    refresh_failures = table.Column<int>(type: "integer", nullable: false),
                    last_sync_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sso_identities", x => x.id);
                    table.ForeignKey(
                        name: "fk_sso_identities_tenants_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenants",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_sso_identities_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_tenants_auth_method",
                table: "tenants",
                sql: "auth_method IN ('Local', 'Sso', 'Both')");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_only_tenant_id_user_id",
                table: "sessions",
                columns: new[] { "only_tenant_id", "user_id" },
                filter: "only_tenant_id IS NOT NULL AND ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_break_glass_admins_user_id",
                table: "break_glass_admins",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_sso_activities_occurred_at",
                table: "sso_activities",
                column: "occurred_at");

            migrationBuilder.CreateIndex(
                name: "ix_sso_activities_tenant_id_occurred_at",
                table: "sso_activities",
                columns: new[] { "tenant_id", "occurred_at" });

            migrationBuilder.CreateIndex(
                name: "ix_sso_configurations_client_secret_expires_at",
                table: "sso_configurations",
                column: "client_secret_expires_at",
                filter: "client_secret_expires_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sso_domains_verified",
                table: "sso_domains",
                column: "domain",
                unique: true,
                filter: "verified_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sso_flows_expires_at",
                table: "sso_flows",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_sso_flows_tenant_id",
                table: "sso_flows",
                column: "tenant_id");

            migrationBuilder.CreateIndex(
                name: "ix_sso_identities_tenant_id_directory_id_object_id",
                table: "sso_identities",
                columns: new[] { "tenant_id", "directory_id", "object_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sso_identities_token_expires_at",
                table: "sso_identities",
                column: "token_expires_at",
                filter: "sealed_refresh_token IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sso_identities_user_id_tenant_id",
                table: "sso_identities",
                columns: new[] { "user_id", "tenant_id" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "break_glass_admins");

            migrationBuilder.DropTable(
                name: "sso_activities");

            migrationBuilder.DropTable(
                name: "sso_configurations");

            migrationBuilder.DropTable(
                name: "sso_domains");

            migrationBuilder.DropTable(
                name: "sso_flows");

            migrationBuilder.DropTable(
                name: "sso_identities");

            migrationBuilder.DropCheckConstraint(
                name: "ck_tenants_auth_method",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_sessions_only_tenant_id_user_id",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "auth_method",
                table: "tenants");

            migrationBuilder.DropColumn(
                name: "method",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "only_tenant_id",
                table: "sessions");
        }
    }
}
