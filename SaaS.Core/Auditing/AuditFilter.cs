using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;
using SaaS.Core.Http;

namespace SaaS.Core.Auditing;

/// <summary>A filter of audit entries and the format of the response.</summary>
public sealed class AuditFilter
{
    /// <summary>The actor.</summary>
    [
        FromQuery(Name = "actor"),
        AuditActor,
        Description(
            "Only entries of this actor: `user:{id}`, `service_account:{id}`, `job:{name}`, `consumer:{name}`, `command:{name}`, `relay` or `anonymous`."
        )
    ]
    public string? Actor { get; init; }

    /// <summary>The action.</summary>
    [FromQuery(Name = "action"), AuditActionName, Description("Only entries of this action, such as `member.role_changed`.")]
    public string? Action { get; init; }

    /// <summary>The type of the subject.</summary>
    [FromQuery(Name = "subject_type"), AuditSubjectType, Description("Only entries about subjects of this type, such as `member`.")]
    public string? SubjectType { get; init; }

    /// <summary>The subject.</summary>
    [FromQuery(Name = "subject_id"), Description("Only entries about the subject with this id.")]
    public Guid? SubjectId { get; init; }

    /// <summary>The start of the period, inclusive.</summary>
    [FromQuery(Name = "from"), Description("Only entries at or after this time (RFC 3339).")]
    public DateTimeOffset? From { get; init; }

    /// <summary>The end of the period, exclusive.</summary>
    [FromQuery(Name = "to"), Description("Only entries before this time (RFC 3339).")]
    public DateTimeOffset? To { get; init; }

    /// <summary>The format of the response.</summary>
    [FromQuery(Name = "format"), OneOf(AuditExport.Json, AuditExport.Csv, AuditExport.NdJson)]
    [Description(
        "`json` (the default) for one page; `csv` or `ndjson` for a file of all matching entries. `Accept: text/csv` and `Accept: application/x-ndjson` have the same effect."
    )]
    public string? Format { get; init; }

    internal IQueryable<AuditEntry> Apply(IQueryable<AuditEntry> entries)
    {
        if (!string.IsNullOrEmpty(Actor))
        {
            entries = entries.Where(entry => entry.Actor == Actor);
        }

        if (!string.IsNullOrEmpty(Action))
        {
            entries = entries.Where(entry => entry.Action == Action);
        }

        if (!string.IsNullOrEmpty(SubjectType))
        {
            // The action determines the type and has an index.
            var actions = AuditAction.All.Values.Where(action => action.SubjectType == SubjectType).Select(action => action.Name).ToList();
            entries = entries.Where(entry => actions.Contains(entry.Action));
        }

        if (SubjectId is { } subjectId)
        {
            entries = entries.Where(entry => entry.SubjectId == subjectId);
        }

        if (From?.ToUniversalTime() is { } from)
        {
            entries = entries.Where(entry => entry.OccurredAt >= from);
        }

        if (To?.ToUniversalTime() is { } to)
        {
            entries = entries.Where(entry => entry.OccurredAt < to);
        }

        return entries;
    }

    private sealed class AuditActorAttribute : FieldRuleAttribute
    {
        public override FieldRule Rule { get; } =
            new()
            {
                Pattern =
                    "^(?:(?:user|service_account):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:job|consumer|command):[a-z0-9-]{1,80}|relay|anonymous)$",
                PatternExpected =
                    "Must be user:{id}, service_account:{id}, job:{name}, consumer:{name}, command:{name}, relay or anonymous.",
            };
    }

    private sealed class AuditActionNameAttribute : FieldRuleAttribute
    {
        public override FieldRule Rule { get; } = new() { Choices = [.. AuditAction.All.Keys.Order(StringComparer.Ordinal)] };
    }

    private sealed class AuditSubjectTypeAttribute : FieldRuleAttribute
    {
        public override FieldRule Rule { get; } =
            new() { Choices = [.. AuditAction.All.Values.Select(action => action.SubjectType).Distinct().Order(StringComparer.Ordinal)] };
    }
}
