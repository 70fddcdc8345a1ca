namespace SaaS.Core.Auditing;

/// <summary>
/// Deletes old audit entries as the owner of the table, because the roles that serve requests may not. Whatever a hijacked host asks for, entries
/// of the last 30 days stay. Used by the migrations, and so never changed.
/// </summary>
internal static class AuditPurge
{
    public const string Signature = "purge_audit_entries(timestamptz, integer)";

    public const string Create =
        """
        CREATE FUNCTION purge_audit_entries(before timestamptz, at_most integer) RETURNS integer
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            purged integer;
        BEGIN
            DELETE FROM public.audit_entries WHERE id IN (
                SELECT id FROM public.audit_entries WHERE occurred_at < LEAST(before, now() - interval '30 days') ORDER BY occurred_at, id LIMIT at_most);
            GET DIAGNOSTICS purged = ROW_COUNT;
            RETURN purged;
        END $$;
        """;

    public const string Drop = $"DROP FUNCTION {Signature};";
}
