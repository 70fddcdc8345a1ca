using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Events;

/// <summary>An event that a consumer could not deal with after all its tries: kept whole, so that nothing is lost and others go on.</summary>
internal sealed class DeadEvent
{
    public required Guid EventId { get; init; }

    public required string Consumer { get; init; }

    public required Guid? TenantId { get; init; }

    public required string Type { get; init; }

    /// <summary>The whole record, as it came, ready to be handed over again.</summary>
    public required string Envelope { get; init; }

    /// <summary>The last failure's type and message.</summary>
    public required string Error { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<DeadEvent>
    {
        public const string Key = "pk_dead_events";

        public void Configure(EntityTypeBuilder<DeadEvent> builder)
        {
            builder.ToTable("dead_events");
            builder.HasKey(dead => new { dead.EventId, dead.Consumer }).HasName(Key);
            builder.Property(dead => dead.Consumer).HasMaxLength(100);
            builder.Property(dead => dead.Type).HasMaxLength(100);
            builder.HasIndex(dead => new { dead.FailedAt, dead.EventId, dead.Consumer });
            builder.HasIndex(dead => new { dead.Type, dead.FailedAt, dead.EventId, dead.Consumer });
            builder.HasIndex(dead => new { dead.Consumer, dead.FailedAt, dead.EventId });
            builder.HasIndex(dead => new { dead.TenantId, dead.FailedAt, dead.EventId, dead.Consumer });
        }
    }
}
