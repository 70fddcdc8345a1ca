using System.Text.Json;

namespace SaaS.Core.Auditing;

/// <summary>An audit entry.</summary>
/// <param name="Id">The id of the entry.</param>
/// <param name="OccurredAt">Time of the action (UTC).</param>
/// <param name="TenantId">The tenant of the entry; null for entries of accounts and of the platform.</param>
/// <param name="Actor">`user:{id}`, `consumer:{name}`, `job:{name}`, `command:{name}`, `relay` or `anonymous`.</param>
/// <param name="Action">The action: a noun and a past participle, e.g. document.uploaded.</param>
/// <param name="SubjectType">The type of the subject, e.g. document.</param>
/// <param name="SubjectId">The id of the subject.</param>
/// <param name="Details">Field → value, or field → `{"from", "to"}` for a changed field; null if there are none. Never contains
/// secrets.</param>
/// <param name="Address">The client's IP address; null if the action was not caused by a request.</param>
/// <param name="TraceId">The trace id of the request, for traces and logs.</param>
public sealed record AuditEntryView(
    Guid Id,
    DateTimeOffset OccurredAt,
    Guid? TenantId,
    string Actor,
    string Action,
    string SubjectType,
    Guid SubjectId,
    IReadOnlyDictionary<string, JsonElement>? Details,
    string? Address,
    string? TraceId
)
{
    internal static AuditEntryView From(AuditEntry entry) =>
        new(
            entry.Id,
            entry.OccurredAt,
            entry.TenantId,
            entry.Actor,
            entry.Action,
            entry.SubjectType,
            entry.SubjectId,
            entry.Details?.EnumerateObject().ToDictionary(field => field.Name, field => field.Value),
            entry.Address,
            entry.TraceId
        );
}
