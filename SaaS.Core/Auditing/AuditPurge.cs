namespace SaaS.Core.Auditing;

/// <summary>
/// The SQL function that deletes old audit entries with the rights of the table owner, because the application roles may not delete
/// any; entries of the last 30 days stay even if a host is compromised. Used by migrations, so it must never change.
/// </summary>
internal static class AuditPurge
{
    public const string Signature = "purge_audit_entries(timestamptz, integer)";

    public const string Create = """
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
