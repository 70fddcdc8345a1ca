namespace SaaS.Core.Messaging;

/// <summary>A database with an outbox, as the relay's hints and signals see it.</summary>
internal interface IOutboxOwner
{
    /// <summary>Whose database this is; null for the control database.</summary>
    Guid? TenantId { get; }
}
