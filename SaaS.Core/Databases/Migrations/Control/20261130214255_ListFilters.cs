using Microsoft.EntityFrameworkCore.Migrations;
using SaaS.Core.Accounts;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class ListFilters : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(UserNameSearch.Drop);
            migrationBuilder.Sql(UserNameSearch.CreateCollated);

            migrationBuilder.DropIndex(
                name: "ix_users_email_search",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_tenants_name_search",
                table: "tenants");

            migrationBuilder.CreateIndex(
                name: "ix_users_email_search",
                table: "users",
                column: "email")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" })
                .Annotation("Relational:Collation", new[] { "und-x-icu" });

            migrationBuilder.CreateIndex(
                name: "ix_users_inactive",
                table: "users",
                columns: new[] { "created_at", "id" },
                filter: "NOT is_active");

            migrationBuilder.CreateIndex(
                name: "ix_tenants_name_search",
                table: "tenants",
                column: "name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" })
                .Annotation("Relational:Collation", new[] { "und-x-icu" });

            migrationBuilder.CreateIndex(
                name: "ix_sso_identities_user_id_created_at_tenant_id",
                table: "sso_identities",
                columns: new[] { "user_id", "created_at", "tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_sso_configurations_enabled",
                table: "sso_configurations",
                column: "tenant_id",
                filter: "is_enabled");

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_outcome_started_at_id",
                table: "job_runs",
                columns: new[] { "outcome", "started_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_dead_events_consumer_failed_at_event_id",
                table: "dead_events",
                columns: new[] { "consumer", "failed_at", "event_id" });

            migrationBuilder.CreateIndex(
                name: "ix_dead_events_tenant_id_failed_at_event_id_consumer",
                table: "dead_events",
                columns: new[] { "tenant_id", "failed_at", "event_id", "consumer" });

            migrationBuilder.CreateIndex(
                name: "ix_dead_events_type_failed_at_event_id_consumer",
                table: "dead_events",
                columns: new[] { "type", "failed_at", "event_id", "consumer" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(UserNameSearch.Drop);
            migrationBuilder.Sql(UserNameSearch.Create);

            migrationBuilder.DropIndex(
                name: "ix_users_email_search",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_inactive",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_tenants_name_search",
                table: "tenants");

            migrationBuilder.DropIndex(
                name: "ix_sso_identities_user_id_created_at_tenant_id",
                table: "sso_identities");

            migrationBuilder.DropIndex(
                name: "ix_sso_configurations_enabled",
                table: "sso_configurations");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_outcome_started_at_id",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_dead_events_consumer_failed_at_event_id",
                table: "dead_events");

            migrationBuilder.DropIndex(
                name: "ix_dead_events_tenant_id_failed_at_event_id_consumer",
                table: "dead_events");

            migrationBuilder.DropIndex(
                name: "ix_dead_events_type_failed_at_event_id_consumer",
                table: "dead_events");

            migrationBuilder.CreateIndex(
                name: "ix_users_email_search",
                table: "users",
                column: "email")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_tenants_name_search",
                table: "tenants",
                column: "name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });
        }
    }
}
