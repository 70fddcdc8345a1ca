namespace SaaS.Core.Messaging;

/// <summary>A database context with an outbox, for which the relay is notified.</summary>
internal interface IOutboxOwner
{
    /// <summary>The tenant of the database; null for the control database.</summary>
    Guid? TenantId { get; }
}
