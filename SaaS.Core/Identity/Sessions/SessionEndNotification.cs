namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// The trigger that notifies every process of an ended session, whichever statement ended it. A migration contains it: never change it.
/// </summary>
internal static class SessionEndNotification
{
    public const string Create = """
        CREATE FUNCTION notify_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('session_ended', OLD.id::text);
            RETURN NULL;
        END $$;
        CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON sessions
            FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION notify_session_ended();
        CREATE TRIGGER session_removed AFTER DELETE ON sessions
            FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION notify_session_ended();
        """;
}
