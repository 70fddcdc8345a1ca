using System.ComponentModel;
using System.Linq.Expressions;
using Microsoft.AspNetCore.Mvc;
using SaaS.Core.Http;
using SaaS.Core.Messaging;

namespace SaaS.Core.Operations;

/// <summary>A dead letter: an event that a consumer could not process within its attempts.</summary>
/// <param name="EventId">The id of the event.</param>
/// <param name="Consumer">The consumer that failed; others may have succeeded.</param>
/// <param name="Type">The event type, e.g. document.uploaded.</param>
/// <param name="TenantId">The tenant of the event; null if there is none.</param>
/// <param name="Error">The last error.</param>
/// <param name="Attempts">Number of attempts.</param>
/// <param name="FailedAt">Time of the last attempt (UTC).</param>
public sealed record DeadLetterView(
    Guid EventId,
    string Consumer,
    string Type,
    Guid? TenantId,
    string Error,
    int Attempts,
    DateTimeOffset FailedAt
)
{
    internal static readonly Expression<Func<DeadLetter, DeadLetterView>> Projection = dead => new DeadLetterView(
        dead.EventId,
        dead.Consumer,
        dead.Type,
        dead.TenantId,
        dead.Error,
        dead.Attempts,
        dead.FailedAt
    );
}

/// <summary>A filter of dead letters; omitted fields match all.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>The event type, e.g. document.uploaded.</summary>
    [FromQuery(Name = "type"), OneLine(100), Description("Only events of this type, e.g. document.uploaded.")]
    public string? Type { get; init; }

    /// <summary>The consumer that failed.</summary>
    [FromQuery(Name = "consumer"), OneLine(100), Description("Only events on which this consumer failed.")]
    public string? Consumer { get; init; }

    /// <summary>The tenant of the event.</summary>
    [FromQuery(Name = "tenant_id"), Description("Only events of this tenant.")]
    public Guid? TenantId { get; init; }

    internal IQueryable<DeadLetter> Apply(IQueryable<DeadLetter> dead) =>
        dead.Where(candidate =>
            (Type == null || candidate.Type == Type)
            && (Consumer == null || candidate.Consumer == Consumer)
            && (TenantId == null || candidate.TenantId == TenantId)
        );
}
