using System.ComponentModel;
using System.Linq.Expressions;
using Microsoft.AspNetCore.Mvc;
using SaaS.Core.Http;
using SaaS.Core.Messaging;

namespace SaaS.Core.Operations;

/// <summary>An event that a consumer could not deal with after all its tries.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Consumer">Who could not deal with it; others may have.</param>
/// <param name="Type">What kind of event it is, e.g. document.uploaded.</param>
/// <param name="TenantId">The tenant that it happened in; null for what concerns no tenant.</param>
/// <param name="Error">The last failure.</param>
/// <param name="Attempts">How many tries there were.</param>
/// <param name="FailedAt">When the last one failed (UTC).</param>
public sealed record DeadLetterView(Guid EventId, string Consumer, string Type, Guid? TenantId, string Error, int Attempts, DateTimeOffset FailedAt)
{
    internal static readonly Expression<Func<DeadLetter, DeadLetterView>> Projection = dead =>
        new DeadLetterView(dead.EventId, dead.Consumer, dead.Type, dead.TenantId, dead.Error, dead.Attempts, dead.FailedAt);
}

/// <summary>Which dead events are meant; what is left out does not narrow.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>Of this type, e.g. document.uploaded.</summary>
    [FromQuery(Name = "type"), OneLine(100), Description("Only events of this type, e.g. document.uploaded.")]
    public string? Type { get; init; }

    /// <summary>That this consumer could not deal with.</summary>
    [FromQuery(Name = "consumer"), OneLine(100), Description("Only what this consumer could not deal with.")]
    public string? Consumer { get; init; }

    /// <summary>Of this tenant.</summary>
    [FromQuery(Name = "tenant_id"), Description("Only events of this tenant.")]
    public Guid? TenantId { get; init; }

    internal IQueryable<DeadLetter> From(IQueryable<DeadLetter> dead) => dead.Where(candidate =>
        (Type == null || candidate.Type == Type)
        && (Consumer == null || candidate.Consumer == Consumer)
        && (TenantId == null || candidate.TenantId == TenantId));
}
