using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;

namespace SaaS.Core.Audit;

/// <summary>One page of the audit.</summary>
/// <param name="Entries">What happened, newest first.</param>
/// <param name="Pagination">Which page of how many.</param>
public sealed record AuditList(IReadOnlyList<AuditEntryView> Entries, Pagination Pagination);

/// <summary>Who did what to which thing.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="OccurredAt">When (UTC).</param>
/// <param name="Actor">`user:{id}`, `consumer:{name}` or `job:{name}`.</param>
/// <param name="Action">Noun and past participle, e.g. document.uploaded.</param>
/// <param name="SubjectId">The id of the thing.</param>
/// <param name="TraceId">Finds the request in traces and logs.</param>
public sealed record AuditEntryView(Guid Id, DateTimeOffset OccurredAt, string Actor, string Action, Guid SubjectId, string? TraceId);

internal static class ListAuditEntries
{
    internal static void Map(RouteGroupBuilder audit) =>
        audit.MapGet("", Handle).NeedsRole(TenantRole.Admin).Refuses(HttpProblems.BadRequest);

    /// <summary>Lists what happened to the tenant's documents, newest first.</summary>
    /// <param name="subjectId">Only what happened to the thing with this id.</param>
    internal static async Task<Ok<Answer<AuditList>>> Handle(
        [AsParameters] PageRequest page, [FromQuery(Name = "subject_id")] Guid? subjectId, TenantDb db, CancellationToken ct)
    {
        var found = await db.AuditEntries
            .Where(entry => subjectId == null || entry.SubjectId == subjectId)
            .OrderByDescending(entry => entry.OccurredAt).ThenByDescending(entry => entry.Id)
            .Select(entry => new AuditEntryView(entry.Id, entry.OccurredAt, entry.Actor, entry.Action, entry.SubjectId, entry.TraceId))
            .ToPageAsync(page, ct);

        return Answer.Ok(new AuditList(found.Items, found.Pagination), "Audit retrieved");
    }
}
