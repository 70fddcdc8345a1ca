using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Messaging;

/// <summary>That a consumer has dealt with an event; written with its effect, so that a repetition is recognised.</summary>
internal sealed class ConsumedEvent
{
    public required Guid EventId { get; init; }

    public required string Consumer { get; init; }

    public required DateTimeOffset ConsumedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<ConsumedEvent>
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
