using System.Text.Json;

namespace SaaS.Core.Auditing;

/// <summary>Who did what to which subject.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="OccurredAt">When (UTC).</param>
/// <param name="TenantId">The tenant that it concerns; null for what concerns an account or the platform alone.</param>
/// <param name="Actor">`user:{id}`, `consumer:{name}`, `job:{name}`, `command:{name}`, `relay` or `anonymous`.</param>
/// <param name="Action">Noun and past participle, e.g. document.uploaded.</param>
/// <param name="SubjectType">The type of the subject, e.g. document.</param>
/// <param name="SubjectId">The id of the subject.</param>
/// <param name="Details">Field → value, or field → `{"from", "to"}` where it was changed; null when there is nothing to say. Secrets are never in it.</param>
/// <param name="Address">The client's address; null for what no request did.</param>
/// <param name="TraceId">Finds the request in traces and logs.</param>
public sealed record AuditEntryView(
    Guid Id, DateTimeOffset OccurredAt, Guid? TenantId, string Actor, string Action, string SubjectType, Guid SubjectId, IReadOnlyDictionary<string, JsonElement>? Details, string? Address, string? TraceId)
{
    internal static AuditEntryView Of(AuditEntry entry) => new(
        entry.Id, entry.OccurredAt, entry.TenantId, entry.Actor, entry.Action, entry.SubjectType, entry.SubjectId,
        entry.Details?.EnumerateObject().ToDictionary(field => field.Name, field => field.Value), entry.Address, entry.TraceId);
}
