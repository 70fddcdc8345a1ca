namespace SaaS.Core.Documents.Files;

/// <summary>
/// Counts the files of a tenant with a trigger, so that the count also holds while an older build writes. A migration uses this SQL: never
/// change it.
/// </summary>
internal static class FileCount
{
    public const string Create = """
        CREATE FUNCTION count_files() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE changed bigint;
        BEGIN
            SELECT count(*) INTO changed FROM changed_files;
            IF changed > 0 THEN
                UPDATE content_usage SET files = files + CASE TG_OP WHEN 'INSERT' THEN changed ELSE -changed END;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER count_new_files AFTER INSERT ON files REFERENCING NEW TABLE AS changed_files FOR EACH STATEMENT EXECUTE FUNCTION count_files();
        CREATE TRIGGER count_removed_files AFTER DELETE ON files REFERENCING OLD TABLE AS changed_files FOR EACH STATEMENT EXECUTE FUNCTION count_files();
        """;

    public const string Drop = """
        DROP TRIGGER count_removed_files ON files;
        DROP TRIGGER count_new_files ON files;
        DROP FUNCTION count_files();
        """;
}
