namespace SaaS.Core.Messaging;

/// <summary>
/// The SQL that numbers outbox rows in commit order; used by migrations, so it must never change. A sequence alone numbers rows in
/// insert order: a reader could reorder events or miss a row that commits late.
/// </summary>
internal static class OutboxOrder
{
    // The deferred constraint trigger takes its lock as the last action of the transaction, so it cannot cause a deadlock.
    public const string Create = """
        CREATE SEQUENCE outbox_position;
        CREATE FUNCTION place_outbox_message() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('outbox_position'));
            UPDATE outbox SET position = nextval('outbox_position') WHERE id = NEW.id;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER place_outbox_message AFTER INSERT ON outbox
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION place_outbox_message();
        """;

    public const string Drop = """
        DROP FUNCTION place_outbox_message();
        DROP SEQUENCE outbox_position;
        """;
}
