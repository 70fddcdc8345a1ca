using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Messaging;

/// <summary>An event that waits for the relay, in the database whose change it tells of.</summary>
internal sealed class OutboxMessage
{
    public required Guid Id { get; init; }

    public required string Type { get; init; }

    /// <summary>Events of one key, told in one database, keep their order.</summary>
    public required string Key { get; init; }

    /// <summary>The whole envelope.</summary>
    public required string Envelope { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>
    /// Given by the database while the transaction commits, under a lock that is held until the commit is visible: the
    /// order of positions is the order of commits, and no smaller one can appear after a larger one was read.
    /// </summary>
    public long? Position { get; private init; }

    internal sealed class Mapping : IEntityTypeConfiguration<OutboxMessage>
    {
        public void Configure(EntityTypeBuilder<OutboxMessage> builder)
        {
            builder.ToTable("outbox");
            builder.Property(message => message.Type).HasMaxLength(100);
            builder.Property(message => message.Key).HasMaxLength(100);
            builder.Property(message => message.Envelope).HasColumnType("jsonb");
            builder.Property(message => message.TraceParent).HasMaxLength(100);
            builder.HasIndex(message => message.Position);
        }
    }
}
