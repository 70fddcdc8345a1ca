namespace SaaS.Core.Documents.Files;

/// <summary>
/// Counts the documents of a file with a trigger that also locks the file's row, so that a file which is used again is never removed as
/// unused. A migration uses this SQL: never change it.
/// </summary>
internal static class FileUse
{
    public const string Create = """
        CREATE FUNCTION count_documents_of_file() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                UPDATE files SET document_count = document_count + 1, unused_since = NULL WHERE id = NEW.file_id;
            ELSE
                UPDATE files SET document_count = document_count - 1, unused_since = CASE WHEN document_count = 1 THEN now() END WHERE id = OLD.file_id;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER count_documents_of_file AFTER INSERT OR DELETE ON documents
            FOR EACH ROW EXECUTE FUNCTION count_documents_of_file();
        """;

    public const string Drop = """
        DROP TRIGGER count_documents_of_file ON documents;
        DROP FUNCTION count_documents_of_file();
        """;
}
