namespace SaaS.Infrastructure.Messaging;

/// <summary>
/// The tables of <see cref="PostgresTransport"/>, for the migration of the control database. Never change this script; add a migration
/// instead.
/// </summary>
public static class EventLogTables
{
    public const string Create = """
        CREATE TABLE event_log_heads (
            partition integer PRIMARY KEY,
            next_position bigint NOT NULL
        );
        CREATE TABLE event_log (
            partition integer NOT NULL,
            position bigint NOT NULL,
            topic text NOT NULL,
            key text NOT NULL,
            value text NOT NULL,
            trace_parent text,
            published_at timestamptz NOT NULL,
            PRIMARY KEY (partition, position)
        );
        CREATE INDEX ix_event_log_published_at ON event_log (published_at);
        CREATE TABLE event_log_offsets (
            consumer_group text NOT NULL,
            partition integer NOT NULL,
            next_position bigint NOT NULL,
            PRIMARY KEY (consumer_group, partition)
        );
        """;
}
