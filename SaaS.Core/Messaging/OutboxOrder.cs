namespace SaaS.Core.Messaging;

/// <summary>
/// What gives outbox rows their position. A sequence alone numbers rows when they are written, and transactions do not
/// commit in that order; a reader would publish a later change before an earlier one, or miss a row that became visible
/// behind its back. So a constraint trigger, deferred to the commit, takes a lock as the transaction's very last act
/// (nothing can wait for it in a circle) and numbers the row. Used by the migrations, and so never changed.
/// </summary>
internal static class OutboxOrder
{
    public const string Create =
        """
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
}
