namespace SaaS.Core.Documents.Files;

/// <summary>
/// What counts the documents of a file: a trigger, so that the count is right whoever adds or removes a document, and the
/// file's row is locked by each of them. Whoever removes an unused file therefore cannot remove one that is being used
/// again. Used by a migration, and so never changed.
/// </summary>
internal static class FileUse
{
    public const string Create =
        """
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
        UPDATE files SET
            document_count = (SELECT count(*) FROM documents WHERE documents.file_id = files.id),
            unused_since = CASE WHEN NOT EXISTS (SELECT FROM documents WHERE documents.file_id = files.id) THEN now() END;
        """;

    public const string Drop =
        """
        DROP TRIGGER count_documents_of_file ON documents;
        DROP FUNCTION count_documents_of_file();
        """;
}
