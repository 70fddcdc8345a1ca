using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>Records that a consumer has processed an event; committed together with the effect to detect redeliveries.</summary>
internal sealed class ConsumedEvent
{
    public required Guid EventId { get; init; }

    public required string Consumer { get; init; }

    public required DateTimeOffset ConsumedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<ConsumedEvent>, ITenantEntityConfiguration<ConsumedEvent>
    {
        public const string Key = "pk_consumed_events";

        public void Configure(EntityTypeBuilder<ConsumedEvent> builder)
        {
            builder.ToTable("consumed_events");
            builder.HasKey(consumed => new { consumed.EventId, consumed.Consumer }).HasName(Key);
            builder.Property(consumed => consumed.Consumer).HasMaxLength(100);
        }
    }
}
