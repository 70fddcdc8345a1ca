using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SaaS.Core.Databases.Migrations.Control
{
    /// <inheritdoc />
    public partial class SessionEnds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Whoever ends a session, by whatever statement, every process that remembers it hears of it.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION tell_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('session_ended', OLD.id::text);
                    RETURN NULL;
                END $$;
                CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON sessions
                    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION tell_session_ended();
                CREATE TRIGGER session_removed AFTER DELETE ON sessions
                    FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION tell_session_ended();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER session_removed ON sessions;
                DROP TRIGGER session_ended ON sessions;
                DROP FUNCTION tell_session_ended();
                """);
        }
    }
}
