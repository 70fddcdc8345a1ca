using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class JobSteering : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "cancel_requested_by",
                table: "job_runs",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "items_done",
                table: "job_runs",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "items_total",
                table: "job_runs",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "requested_by",
                table: "job_runs",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "trace_id",
                table: "job_runs",
                type: "character varying(32)",
                maxLength: 32,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_started_at",
                table: "job_runs",
                column: "started_at",
                descending: new bool[0]);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_job_runs_started_at",
                table: "job_runs");

            migrationBuilder.DropColumn(
                name: "cancel_requested_by",
                table: "job_runs");

            migrationBuilder.DropColumn(
                name: "items_done",
                table: "job_runs");

            migrationBuilder.DropColumn(
                name: "items_total",
                table: "job_runs");

            migrationBuilder.DropColumn(
                name: "requested_by",
                table: "job_runs");

            migrationBuilder.DropColumn(
                name: "trace_id",
                table: "job_runs");
        }
    }
}
