using SaaS.Core.Http;
using SaaS.Core.Paging;

namespace SaaS.Core.Auditing;

/// <summary>A position in the audit, which is ordered newest first and then by id.</summary>
internal sealed record AuditPosition(DateTimeOffset OccurredAt, Guid Id)
{
    private static readonly Type[] Key = [typeof(DateTimeOffset), typeof(Guid)];

    public static AuditPosition From(AuditEntry entry) => new(entry.OccurredAt, entry.Id);

    /// <param name="after">The position of the cursor; null without a cursor.</param>
    /// <returns>The problem of an invalid request; otherwise null.</returns>
    public static Problem? Validate(PageRequest page, out AuditPosition? after)
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
            return PageLimits.InvalidCursor;
        }

        after = new AuditPosition(occurredAt, id);
        return null;
    }

    public string ToCursor(PageRequest page) => Cursor.Encode(page.List, [OccurredAt, Id]);
}
