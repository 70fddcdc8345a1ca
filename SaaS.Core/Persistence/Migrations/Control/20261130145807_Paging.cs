using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Identity.Accounts;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class Paging : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_users_created_at",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_job_started_at",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_started_at",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_dead_events_failed_at",
                table: "dead_events");

            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateIndex(
                name: "ix_users_created_at_id",
                table: "users",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_email_search",
                table: "users",
                column: "email")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_usage_reports_day_storage_bytes_tenant_id",
                table: "usage_reports",
                columns: new[] { "day", "storage_bytes", "tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_tenants_created_at_id",
                table: "tenants",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_tenants_name_id",
                table: "tenants",
                columns: new[] { "name", "id" })
                .Annotation("Relational:Collation", new[] { "und-x-icu" });

            migrationBuilder.CreateIndex(
                name: "ix_tenants_name_search",
                table: "tenants",
                column: "name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_user_id_last_used_at_id",
                table: "sessions",
                columns: new[] { "user_id", "last_used_at", "id" },
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_memberships_tenant_id_joined_at_user_id",
                table: "memberships",
                columns: new[] { "tenant_id", "joined_at", "user_id" });

            migrationBuilder.CreateIndex(
                name: "ix_memberships_user_id_joined_at_tenant_id",
                table: "memberships",
                columns: new[] { "user_id", "joined_at", "tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_job_started_at_id",
                table: "job_runs",
                columns: new[] { "job", "started_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_started_at_id",
                table: "job_runs",
                columns: new[] { "started_at", "id" },
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "ix_dead_events_failed_at_event_id_consumer",
                table: "dead_events",
                columns: new[] { "failed_at", "event_id", "consumer" });

            migrationBuilder.Sql(UserNameSearch.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(UserNameSearch.Drop);

            migrationBuilder.DropIndex(
                name: "ix_users_created_at_id",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_email_search",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_usage_reports_day_storage_bytes_tenant_id",
                table: "usage_reports");

            migrationBuilder.DropIndex(
                name: "ix_tenants_created_at_id",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_tenants_name_id",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_tenants_name_search",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_sessions_user_id_last_used_at_id",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "ix_memberships_tenant_id_joined_at_user_id",
                table: "memberships");

            migrationBuilder.DropIndex(
                name: "ix_memberships_user_id_joined_at_tenant_id",
                table: "memberships");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_job_started_at_id",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_started_at_id",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_dead_events_failed_at_event_id_consumer",
                table: "dead_events");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateIndex(
                name: "ix_users_created_at",
                table: "users",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_job_started_at",
                table: "job_runs",
                columns: new[] { "job", "started_at" },
                descending: new[] { false, true });

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_started_at",
                table: "job_runs",
                column: "started_at",
                descending: new bool[0]);

            migrationBuilder.CreateIndex(
                name: "ix_dead_events_failed_at",
                table: "dead_events",
                column: "failed_at");
        }
    }
}
