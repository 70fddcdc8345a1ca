using SaaS.Core.Http;
using SaaS.Core.Paging;

namespace SaaS.Core.Auditing;

/// <summary>A position in the order of the audit: newest first, and by id among entries of the same moment.</summary>
internal sealed record AuditPosition(DateTimeOffset OccurredAt, Guid Id)
{
    private static readonly Type[] Key = [typeof(DateTimeOffset), typeof(Guid)];

    public static AuditPosition Of(AuditEntry entry) => new(entry.OccurredAt, entry.Id);

    /// <param name="after">Where a request continues; null where it has no cursor.</param>
    /// <returns>Why the request cannot be answered; null when it can.</returns>
    public static Problem? Check(PageRequest page, out AuditPosition? after)
    {
        after = null;
        if (PageLimits.Check(page) is { } problem)
        {
            return problem;
        }

        if (page.Cursor is null)
        {
            return null;
        }

        if (Cursor.TryDecode(page.List, page.Cursor, Key) is not [DateTimeOffset occurredAt, Guid id])
        {
            return PageLimits.ForeignCursor;
        }

        after = new AuditPosition(occurredAt, id);
        return null;
    }

    public string ToCursor(PageRequest page) => Cursor.Encode(page.List, [OccurredAt, Id]);
}
